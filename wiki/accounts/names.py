"""User names and display names: what they may look like, and which two look the same.

A name goes into git commits, addresses and logs, so nothing may stand in it that has a meaning there; and nobody may
take a name that others would read as somebody else's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from wiki.errors import Invalid

NAME_SHORTEST = 2
NAME_LONGEST = 40
DISPLAY_LONGEST = 80
# Longer input is not even normalised: it can't be a name, and an attacker shall not choose how long we look at it.
INPUT_LONGEST = 1_000

# fmt: off
RESERVED = frozenset({
    "admin", "administration", "administrator", "anonymous", "editor", "editors", "everyone", "git", "help",
    "maintainer", "maintainers", "mod", "moderator", "moderators", "nobody", "noreply", "official", "owner",
    "postmaster", "root", "security", "staff", "stranger", "support", "sysop", "system", "team", "webmaster",
    "wiki",
})
# fmt: on

# Under these the engine itself writes to git, so nobody gets them, not even from the owner.
ENGINE = frozenset({"anonymous", "stranger", "wiki"})

ZERO_WIDTH_JOINERS = "\u200c\u200d"
# Letters of other scripts, and digits, that a reader takes for a Latin letter in most type faces. Small capitals, letters of
# Cherokee (which case folding makes capitals) and of Lisu are taken for capitals.
_ALIKE = (
    ("01ıɩɑɡǀ", "oliiagl"),
    ("аеорсухіјѕԁԛԝһӏкмтвнпг", "aeopcyxijsdqwhlkmtbhnr"),
    ("εοανρικυτγωηχμ", "eoavpikutywnxu"),
    ("օսոհցզյ", "ounhgqj"),
    ("ᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdeghijklmnoprstuvwyz"),
    ("ᎪᏴᏟᎠᎬᏀᎻᏆᎫᏦᏞᎷᎾᏢᎡᏚᎢᏙᎳᎩᏃ", "abcdeghijklmoprstvwyz"),
    ("ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ", "abcdefghijklmnoprstuvwxyz"),
)
_LOOK_ALIKES = str.maketrans(*("".join(letters) for letters in zip(*_ALIKE, strict=True)))
# Letters that nobody sees: they fill the place of a missing one in Korean.
_FILLERS = "\u115f\u1160\u3164\uffa0"
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


def normalised(text: str) -> str:
    """A user name as it is stored: composed, lower case, without blanks around it (phones begin with a capital)."""
    # What no database can hold is put as something else that no name can hold.
    storable = text[:INPUT_LONGEST].encode("utf-8", "replace").decode().replace("\0", "?")
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", storable.strip()).lower())


def user_name(text: str) -> str:
    """The user name that `text` stands for. Raises Invalid("name.…").

    Letters of any script but never of two, digits, and single `-` or `.` between them.
    """
    name = normalised(text)
    if len(name) < NAME_SHORTEST:
        raise Invalid("name.too_short", where="name", shortest=NAME_SHORTEST)
    if len(text) > INPUT_LONGEST or len(name) > NAME_LONGEST:
        raise Invalid("name.too_long", where="name", longest=NAME_LONGEST)
    if " " in name:
        raise Invalid("name.blank", where="name", example=re.sub(" +", "-", name)[:NAME_LONGEST])
    for character in name:
        allowed = character in "-." or unicodedata.category(character) in ("Ll", "Lo", "Lm", "Mn", "Mc", "Nd")
        if not allowed or character in _FILLERS:
            raise Invalid("name.character", where="name", character=_shown(character))
    if any(not part or unicodedata.category(part[0])[0] == "M" for part in re.split("[-.]", name)):
        raise Invalid("name.separator", where="name")
    if len(set(_scripts(name))) > 1:
        raise Invalid("name.mixed_scripts", where="name")
    return name


def display_name(text: str) -> str:
    """The display name that `text` stands for. Raises Invalid("display_name.…")."""
    if len(text) > INPUT_LONGEST:
        raise Invalid("display_name.too_long", where="display_name", longest=DISPLAY_LONGEST)
    shown = unicodedata.normalize("NFC", text).strip(" ")
    for character in shown:
        category = unicodedata.category(character)
        if character in f"<>{_FILLERS}" or category in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp"):
            raise Invalid("display_name.character", where="display_name", character=_shown(character))
        if category == "Cf" and character not in ZERO_WIDTH_JOINERS:
            raise Invalid("display_name.character", where="display_name", character=_shown(character))
    shown = " ".join(shown.split())
    if len(shown) > DISPLAY_LONGEST:
        raise Invalid("display_name.too_long", where="display_name", longest=DISPLAY_LONGEST)
    # Git drops such characters from the ends of a name, so at least one other has to be there.
    if not any(unicodedata.category(character)[0] in "LN" for character in shown):
        raise Invalid("display_name.empty", where="display_name")
    if _stacked(shown):
        raise Invalid("display_name.marks", where="display_name")
    if _EMAIL.search(shown):
        raise Invalid("display_name.email", where="display_name")
    return shown


def fold(text: str) -> str:
    """A key that is the same for two names which look the same."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(
        str(unicodedata.decimal(character, character))
        for character in decomposed
        if unicodedata.category(character)[0] in "LN"
    )
    return letters.translate(_LOOK_ALIKES).replace("rn", "m").replace("vv", "w")


def _scripts(text: str) -> Iterable[str]:
    for character in text:
        if unicodedata.category(character) in ("Ll", "Lo"):
            script = unicodedata.name(character, "UNKNOWN").partition(" ")[0]
            # Japanese and Korean are written with Chinese characters among their own.
            yield "CJK" if script in ("HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO") else script


def _stacked(text: str) -> bool:
    run = 0
    for character in unicodedata.normalize("NFD", text):
        run = run + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if run > 4:
            return True
    return False


def _shown(character: str) -> str:
    return character if character.isprintable() else f"U+{ord(character):04X}"
