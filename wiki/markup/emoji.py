"""The emoji that people write by name, as GitHub, GitLab and chat programs do: `:tada:`. The usual ones; others stay words."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from wiki.markup.attributes import AFTER

if TYPE_CHECKING:
    from markdown_it.rules_core import StateCore

_NAMES = """
+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|100 💯|alarm_clock ⏰|ambulance 🚑|angry 😠|apple 🍎|arrow_down ⬇️|arrow_left ⬅️
arrow_right ➡️|arrow_up ⬆️|art 🎨|balloon 🎈|ballot_box_with_check ☑️|bangbang ‼️|bar_chart 📊|battery 🔋|beer 🍺|beers 🍻|bell 🔔
bike 🚲|blue_heart 💙|blush 😊|book 📖|bookmark 🔖|books 📚|boom 💥|bowtie 🤵|broken_heart 💔|bug 🐛|bulb 💡|bullettrain_front 🚅|bus 🚌
cake 🍰|calendar 📆|calling 📲|camera 📷|chart_with_upwards_trend 📈|checkered_flag 🏁|clap 👏|clipboard 📋|clock1 🕐|closed_lock_with_key 🔐
cloud ☁️|coffee ☕|computer 💻|confetti_ball 🎊|confused 😕|construction 🚧|cool 🆒|credit_card 💳|crossed_fingers 🤞|cry 😢|dart 🎯|date 📅
dog 🐶|dollar 💵|e-mail 📧|earth_africa 🌍|earth_americas 🌎|earth_asia 🌏|email 📧|envelope ✉️|exclamation ❗|eyes 👀|fire 🔥
fist ✊|fist_raised ✊|flashlight 🔦|folded_hands 🙏|gear ⚙️|gem 💎|gift 🎁|globe_with_meridians 🌐|green_apple 🍏|green_circle 🟢|green_heart 💚
grin 😁|grinning 😀|hammer 🔨|hammer_and_wrench 🛠️|handshake 🤝|heart ❤️|heart_eyes 😍|heavy_check_mark ✔️|heavy_exclamation_mark ❗
heavy_minus_sign ➖|heavy_plus_sign ➕|hourglass ⌛|house 🏠|hugs 🤗|hundred 💯|inbox_tray 📥|information_source ℹ️|iphone 📱|joy 😂|key 🔑
label 🏷️|large_blue_circle 🔵|laughing 😆|link 🔗|lock 🔒|loudspeaker 📢|mag 🔍|mag_right 🔎|mailbox 📫|man_technologist 👨‍💻|mega 📣
memo 📝|microphone 🎤|mobile_phone_off 📴|money_with_wings 💸|moneybag 💰|muscle 💪|musical_note 🎵|nerd_face 🤓|new 🆕|no_entry ⛔
no_entry_sign 🚫|notebook 📓|ok ✅|ok_hand 👌|open_book 📖|open_file_folder 📂|open_hands 👐|outbox_tray 📤|package 📦|page_facing_up 📄
page_with_curl 📃|paperclip 📎|partying_face 🥳|pencil 📝|pencil2 ✏️|penguin 🐧|phone ☎️|pizza 🍕|point_down 👇|point_left 👈|point_right 👉
point_up ☝️|postbox 📮|pray 🙏|purple_heart 💜|pushpin 📌|question ❓|rainbow 🌈|raised_hand ✋|raised_hands 🙌|recycle ♻️|red_circle 🔴
rocket 🚀|rose 🌹|rotating_light 🚨|round_pushpin 📍|satellite 📡|scissors ✂️|scroll 📜|seedling 🌱|shield 🛡️|ship 🚢|shrug 🤷|slightly_smiling_face 🙂
smile 😄|smiley 😃|smirk 😏|snail 🐌|snowflake ❄️|sob 😭|sparkles ✨|sparkling_heart 💖|speaker 🔈|speech_balloon 💬|spiral_notepad 🗒️|star ⭐
star2 🌟|stop_sign 🛑|stopwatch ⏱️|sun_with_face 🌞|sunglasses 😎|sunny ☀️|sunrise 🌅|sweat_smile 😅|tada 🎉|telephone_receiver 📞|thinking 🤔
ticket 🎫|tools 🛠️|trophy 🏆|truck 🚚|tv 📺|umbrella ☔|unlock 🔓|upside_down_face 🙃|v ✌️|video_camera 📹|wastebasket 🗑️|wave 👋|warning ⚠️
watch ⌚|wheelchair ♿|white_check_mark ✅|white_circle ⚪|wink 😉|woman_technologist 👩‍💻|wrench 🔧|writing_hand ✍️|x ❌|yellow_circle 🟡
yellow_heart 💛|yum 😋|zap ⚡|zipper_mouth_face 🤐|zzz 💤
"""
EMOJI = dict(pair.split(" ", 1) for line in _NAMES.strip().splitlines() for pair in line.split("|"))
_NAME = re.compile(r"(?<![\w:]):(?P<name>[a-z0-9_+-]{1,60}):(?![\w:])")
# Drawings that only MkDocs' theme has, with what may be said of their look.
_DRAWING = re.compile(
    rf"(?<![\w:]):(?:material|octicons|fontawesome|simple|lucide)-(?P<name>[a-z0-9_-]{{1,60}}):(?![\w:])(?:{AFTER.pattern})?"
)
# Those that say something by themselves, in a cell of a table for example.
_SAYING = {
    **dict.fromkeys(("check", "checkbox"), "✔️"),
    **dict.fromkeys(("close", "cancel", "x", "xmark", "times"), "❌"),
    **dict.fromkeys(("alert", "warning"), "⚠️"),
    **dict.fromkeys(("help", "question"), "❓"),
    "star": "⭐",
}


def emoji(state: StateCore) -> None:
    """Put signs in place of their names. A link with nothing but a drawing in it gets its title for words, or what is drawn."""
    for block in state.tokens:
        if block.type != "inline" or block.content.count(":") < 2 or not block.children:
            continue
        for before, token in pairwise((block.children[0], *block.children)):
            if token.type != "text" or ":" not in token.content:
                continue
            drawing = _DRAWING.fullmatch(token.content.strip()) if before.type == "link_open" else None
            if drawing:
                token.content = str(before.attrGet("title") or drawing["name"].rstrip("-0123456789").replace("-", " "))
            else:
                token.content = with_signs(token.content)


def with_signs(text: str) -> str:
    """Text with signs in place of their names."""
    return _NAME.sub(_sign, _DRAWING.sub(_drawn, text)) if ":" in text else text


def _sign(match: re.Match[str]) -> str:
    return EMOJI.get(match["name"], match[0])


def _drawn(match: re.Match[str]) -> str:
    return next((_SAYING[word] for word in match["name"].split("-") if word in _SAYING), "")
