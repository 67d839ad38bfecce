"""The sentences for the codes of the core: what is wrong, in plain language, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wiki.web.translations import Later

_ = Later

SENTENCES: Mapping[str, Any] = {
    # Any of them
    "not_found": _("There is nothing here."),
    "gone": _("This is not here any more."),
    "invalid": _("Something in this can't be accepted."),
    "conflict": _("Somebody else changed this meanwhile."),
    "too_many": _("That is too much at once."),
    "unavailable": _("This doesn't work just now. Try again later."),
    # The address of a page
    "path.character": _(
        "“%(segment)s” has a character that can't stand in an address. Use letters, digits and dashes."
    ),
    "path.empty": _("Give the page a name."),
    "path.empty_segment": _("There are two slashes next to each other in the address."),
    "path.exists": _("There is already a page at this address."),
    "path.file_in_the_way": _("A page can't be put below this address: there is a file of the same name."),
    "path.folder_in_the_way": _("There is a folder of this name in the way."),
    "path.forbidden": _("A page can't have this address."),
    "path.proposed": _(
        "“%(typed)s” can't be an address. This one can: %(path)s. It stands in the field now; send it if you mean it."
    ),
    "path.reserved": _("“%(segment)s” is a name that some computers can't store. Choose another."),
    "path.segment_start": _("“%(segment)s” may not start with a dot, a dash or an underscore."),
    "path.segment_too_long": _(
        "“%(segment)s…” is too long; each part of the address may have at most %(allowed)s characters."
    ),
    "path.too_deep": _("That is too many folders inside each other; at most %(allowed)s parts are allowed."),
    "path.too_long": _("The address is too long."),
    "path.too_similar": _("There is already a page whose address differs only in small things: %(other)s."),
    "path.upper_case": _("“%(segment)s”: use lower-case letters in the address."),
    # Fields and what stands in them
    "field.required": _("This has to be filled in."),
    "field.shape": _("This should be %(expected)s."),
    "choice.unknown": _("“%(value)s” is not one of the choices. Allowed are: %(allowed)s."),
    "list.too_long": _("That is too many (%(count)s); at most %(allowed)s are allowed."),
    "number.wrong": _("“%(value)s” is not a number that fits here."),
    "date.future": _(
        "%(value)s lies in the future, and nobody can have looked by then. Write the day on which somebody did."
    ),
    "date.wrong": _("“%(value)s” is not a date. Write it as 2027-03-31."),
    "url.wrong": _("“%(value)s” is not a web address. It should start with https://"),
    "text.empty": _("Write a few words first."),
    "text.one_line": _("Keep this to one line."),
    "text.too_long": _("This is too long (%(length)s characters; at most %(allowed)s)."),
    "translation.fact": _("Facts are taken from the original page and can't be set in a translation."),
    # A page as a whole
    "page.control_character": _("The text holds a character that can't be shown (%(character)s). Take it out."),
    "page.encoding": _("This file is not written in UTF-8; some characters could not be read."),
    "page.address": _(
        "“%(value)s” names no page of this wiki. Choose one from the list while you type, or write its address, such as tips/passwords."
    ),
    "page.itself": _("This names the page itself. Name another one, or leave it empty."),
    "page.gone": _("This page has been deleted."),
    "page.not_found": _("There is no page here."),
    "page.problems": _("Something needs your attention before this can be saved."),
    "page.too_large": _("The page is too large (%(size)s bytes; at most %(allowed)s)."),
    "page.utf16": _(
        "This file is written in UTF-16, and pages are UTF-8. Saving it once with the form of the wiki mends that."
    ),
    "body.conflict_markers": _("The text still holds the marks of two versions (<<<<<<<, >>>>>>>). Choose what stays."),
    "base.unknown": _(
        "The version that you started from is not known here. Copy your text, open the page again and put it in."
    ),
    "front_matter": _("The facts at the top of the page can't be read: %(reason)s"),
    "front_matter.alias": _("The facts use an alias (*name), which is not allowed here. Write the value out."),
    "front_matter.anchor": _("The facts use an anchor (&name), which is not allowed here. Write the value out."),
    "front_matter.documents": _("The facts hold more than one block. Keep to one between the two lines ---."),
    "front_matter.duplicate_key": _("A fact is given twice. Keep one of the two."),
    "front_matter.invalid": _(
        "The facts at the top of the page can't be read near line %(line)s. Often a colon or a quotation mark is missing."
    ),
    "front_matter.key": _("The name of a fact has to be a plain word."),
    "front_matter.not_mapping": _("The facts should be lines of the form “name: value”."),
    "front_matter.tag": _("The facts use a tag (!name), which is not allowed here."),
    "front_matter.too_deep": _("The facts are nested too deeply."),
    "front_matter.too_large": _("The facts are too long."),
    "settings.accent": _(
        "The colour %(value)s can't be used. Write it like #1b4a87, and dark enough to be read on light paper."
    ),
    "settings.shape": _("This file should hold %(expected)s."),
    "settings.too_large": _("This file is too large."),
    "settings.too_long": _("The text for %(value)s is too long (%(length)s characters; at most %(allowed)s)."),
    "settings.too_many": _("%(name)s has %(count)s entries; at most %(allowed)s fit on every page."),
    "settings.value": _("“%(value)s” can't be used for %(name)s."),
    "verify.kind": _("Pages of this kind are not verified."),
    "verify.translation": _("Verify the original page: its facts are the translation's too."),
    "verify.unreadable": _("The facts of this page can't be read, so they can't be verified. Mend them first."),
    # Files and pictures
    "file.alt_needed": _("Say in a few words what can be seen, or tick that it is only decoration."),
    "file.busy": _("Many files are being attached just now. Try again in a moment."),
    "file.empty": _("The file is empty."),
    "file.markdown": _("The files of pages end in .md; this one is shown all the same. Rename it to %(name)s."),
    "file.missing": _("Choose a file first."),
    "file.mode": _("This is not an ordinary file."),
    "file.name": _("Give the file a simple name: letters, digits, dashes, and an ending such as .png."),
    "file.not_an_image": _("This file has the name of a picture but isn't one."),
    "file.place": _("A file belongs to a page; put it into the folder of one."),
    "file.submodule": _("Other repositories can't be put inside this one."),
    "file.symlink": _("Links to other files are not stored here."),
    "file.too_large": _("The file is too large (%(size)s bytes; at most %(allowed)s)."),
    "file.type": _("Files of this kind can't be attached. Allowed are: %(allowed)s."),
    "file.unknown": _("There is no such file."),
    "image.broken": _("The picture can't be read; it may be damaged."),
    "image.too_large": _("The picture is too large: it may have at most %(allowed)s pixels. Make it smaller first."),
    "image.too_many_frames": _("An animated picture may have at most %(allowed)s frames."),
    # Editing, moving, taking back
    "edit.choose": _("Choose what stays in each place where both changed the same."),
    "edit.conflict": _("Somebody changed the same lines while you were writing. Your text is safe."),
    "draft.base": _("This draft has no version to stand on."),
    "draft.path": _("This draft has no page."),
    "draft.too_large": _("The draft is too large to be kept."),
    "draft.too_many": _("You have too many drafts. Delete one on your account page first."),
    "move.category": _(
        "This folder is a category or a language; its name stands in the settings, so it can't simply be moved."
    ),
    "move.into_itself": _("A folder can't be moved into itself."),
    "move.not_a_file": _("There is something at this address that can't be moved."),
    "move.same": _("That is where it is already."),
    "move.settings": _("Settings files stay where they are."),
    "move.too_many": _("That is too many pages to move at once."),
    "revert.file_changed": _("The file has changed since, and files can't be merged. Take back what came later first."),
    "revert.nothing": _("That change did nothing here."),
    "revision.unknown": _("There is no such version."),
    "take_back.changed": _("others have changed the same since"),
    "tag.unused": _("No page has this tag."),
    "tag.wrong": _("Say which other tag it should become."),
    "toolkit.title": _("Give the new toolkit a name, or choose one that there is."),
    "toolkit.twice": _("This page is in that toolkit already."),
    # Suggestions, and what keeps spam out
    "suggestion.changed": _("The author changed the suggestion while you were looking. Look at it again, then decide."),
    "suggestion.closed": _("This suggestion has been decided about already."),
    "suggestion.file_clash": _("A file was changed in the wiki too. Leave it out, or decline."),
    "suggestion.gone": _("This suggestion has been deleted."),
    "suggestion.not_found": _("There is no such suggestion, or the address is not complete."),
    "review.nothing_ticked": _("Tick the suggestions first that you want to decline."),
    "suggestion.nothing": _("Nothing was changed: the wiki holds all of this already."),
    "suggestion.too_large": _("The suggestion is too large."),
    "suggestion.too_many_pages": _(
        "That is too many pages for one suggestion (at most %(allowed)s). Send the rest in another."
    ),
    "suggestion.twice": _("One page is in this suggestion twice."),
    "suggestion.unknown_file": _("This file is not part of the suggestion."),
    "person.unknown": _("There are no changes by a person of this name."),
    "spam.links": _(
        "This adds many links to other sites (%(count)s; at most %(allowed)s at once). Take some out and send it again."
    ),
    "spam.too_fast": _(
        "That was sent faster than a person can type. Wait a few seconds and press the button again; your text is here."
    ),
    "spam.too_large": _(
        "This is too large for one suggestion (%(size)s kB; at most %(allowed)s in an hour). Leave something out, or send it in parts."
    ),
    "spam.trap": _("A field that is to stay empty was filled in. Empty it and send again."),
    "spam.words": _("This holds words that are used by spam (%(words)s). Say it in other words."),
    # Lists and tables from elsewhere
    "import.address": _("“%(value)s” is not a web address."),
    "import.empty": _("There is nothing in it that looks like a tool. Put a name and an address on each line."),
    "import.no_address": _("There is no address in it, so it is taken for a remark."),
    "import.no_choice": _("Choose one."),
    "import.no_name": _("It has no name."),
    "import.no_text": _(
        "This is the file of another program (Excel, Word, PDF, a picture), and only plain text can be read. Open it there, and "
        "copy the list in here or save it as CSV."
    ),
    "import.nothing": _("Tick at least one of the new tools."),
    "import.script": _("This would run something instead of leading to a site, so it was left out."),
    "import.table": _("This table can't be read: %(reason)s"),
    "import.too_large": _("That is too long (at most %(allowed)s characters at once)."),
    "import.too_many": _("That is too many at once (at most %(allowed)s). Put the rest in afterwards."),
    # Links that lead nowhere
    "inside.no_anchor": _("There is nothing called #%(anchor)s on the page %(path)s."),
    "inside.no_page": _("There is no page %(path)s."),
    "outside.address": _("This is no address of a public web site, so it wasn't asked."),
    "outside.certificate": _("%(host)s can't show that it is itself; browsers will warn (%(reason)s)."),
    "outside.closed": _(
        "The site doesn't answer programs (%(status)s). Only a person can see whether this is still right."
    ),
    "outside.gone": _("There is nothing at this address any more (the site answers %(status)s)."),
    "outside.moved": _("This has moved to %(address)s."),
    "outside.no_answer": _("%(host)s doesn't answer."),
    "outside.private": _("%(host)s is in a private network, so it wasn't asked; other people can't reach it."),
    "outside.redirects": _("The site sends visitors round in circles."),
    "outside.server": _("The site has trouble of its own (it answers %(status)s). Try it again another day."),
    "outside.unknown_host": _("There is no site called %(host)s (any more)."),
    # Forms, rights and signing in
    "form.expired": _(
        "This form was open for a long time, so we ask once more. Your text is still here: press the button again."
    ),
    "form.other_session": _(
        "Your sign-in has changed since this form was opened, so we ask once more. Your text is still here: press the button again."
    ),
    "form.foreign_origin": _("This request came from another site, so it was not carried out."),
    "form.too_fast": _("That was quicker than people are, so we ask once more: press the button again."),
    "form.trap": _("Leave the field that is to be left empty empty."),
    "denied": _("You are not allowed to do this."),
    "denied.not_author": _("Only whoever made the suggestion can do this."),
    "denied.permission": _("Your account may not do this. Ask a maintainer if it should."),
    "denied.protected": _("This page is protected; it takes the role of %(role)s to change it."),
    "denied.push": _("You may not push. Whoever may edit can, with a token from their account page as the password."),
    "denied.read": _("This wiki is for people with an account. Use a token from your account page as the password."),
    "denied.scope": _("This token is not good for that."),
    "denied.second_factor": _(
        "Your account may do a lot here, so set up a second step for signing in first: on your account page."
    ),
    "denied.sign_in": _("Sign in to do this."),
    "denied.token": _("This takes a token: make one on your account page and send it as “Authorization: Bearer …”."),
    "denied.wiki_files": _("Only maintainers may change the settings of the wiki."),
    "sign_in.code": _("That code doesn't fit, or it has been used already. Codes change every half minute."),
    "sign_in.disabled": _("This account has been closed. Ask an administrator if you don't know why."),
    "sign_in.expired": _("That took a while, so please begin again."),
    "sign_in.failed": _("That name and password don't fit together."),
    "sign_in.pending": _("Your account still waits for somebody to let it in."),
    "two_factor.code": _("That code doesn't fit. Type the one that the app shows now."),
    "two_factor.no_passkey": _("Make a passkey first."),
    "two_factor.not_started": _("Begin again: this step has been finished or left already."),
    "passkey.expired": _("That took a while, so please try once more."),
    "passkey.known": _("This passkey is among yours already."),
    "passkey.label": _("Say in a few words which passkey it is (at most %(longest)s characters)."),
    "passkey.refused": _("That passkey can't be used here. Sign in with your password, and look at your passkeys."),
    "passkey.too_many": _("You have %(limit)s passkeys already. Remove one that isn't needed any more."),
    "passkey.unknown": _("This passkey has been removed already."),
    "password.busy": _("Many people are signing in just now. Try again in a moment."),
    "password.common": _("This password is on the lists that attackers try first. A few words in a row are better."),
    "password.like_name": _("The password must not be the user name."),
    "password.too_long": _("This password is too long (at most %(longest_bytes)s bytes)."),
    "password.too_short": _("A password needs at least %(shortest)s characters. A few words in a row are good."),
    "password.too_simple": _("This password is easily guessed. A few words in a row are better."),
    "password.wrong": _("That is not your password."),
    "register.closed": _("Accounts of this wiki are given by invitation."),
    "register.invalid": _("Something needs your attention."),
    "register.too_many_waiting": _("Too many people are waiting for an account already. Try again in some days."),
    "link.gone": _("This address has been used already, or it is too old. Ask for a new one."),
    "link.purpose": _("This address is for something else."),
    "close.sure": _("Tick the box, so that this doesn't happen by mistake."),
    "throttle.wait": _("That was tried too often. Wait a while and try again."),
    # Accounts
    "name": _("Choose another user name: letters, digits, and single dashes or dots between them."),
    "name.blank": _("A user name is one word, such as %(example)s. The name that others see may have blanks."),
    "name.character": _("“%(character)s” can't stand in a user name. Use letters, digits, dashes and dots."),
    "name.mixed_scripts": _("Use the letters of one script only, so that nobody mistakes the name for another."),
    "name.separator": _("Dashes and dots stand one at a time, between letters or digits."),
    "name.taken": _("This user name is taken, or looks like one that is. Choose another."),
    "name.too_long": _("A user name has at most %(longest)s characters."),
    "name.too_short": _("A user name needs at least %(shortest)s characters."),
    "display_name.character": _("“%(character)s” can't stand in a name."),
    "display_name.email": _("Everybody reads this name, so better don't put an e-mail address there."),
    "display_name.empty": _("Give a name with at least one letter or digit."),
    "display_name.marks": _("There are too many marks on top of each other in this name."),
    "display_name.taken": _("Somebody else is known by this name. Choose another."),
    "display_name.too_long": _("This name is too long (at most %(longest)s characters)."),
    "note.character": _("There is a character in it that can't be shown."),
    "note.too_long": _("This is too long (at most %(longest)s characters)."),
    "language.unknown": _("Choose one of the languages."),
    "role.unknown": _("“%(role)s” is not a role. Allowed are: %(allowed)s."),
    "user.last_admin": _("This is the only administrator. Make somebody else one first."),
    "user.not_pending": _("Somebody has decided about this account already."),
    "user.pending": _("This account still waits to be let in."),
    "user.unknown": _("There is no such account."),
    "token.days": _("Choose one of the times."),
    "token.label": _("Say in a few words what the token is for (at most %(longest)s characters)."),
    "token.refused": _("This token is not, or no longer, valid. Make a new one on your account page."),
    "token.scopes": _("Tick at least one thing that it may do."),
    "token.too_many": _("You have %(limit)s tokens already. Revoke one that isn't needed any more."),
    "token.unknown": _("This token has been revoked already."),
    # The API and git
    "api.unknown": _("There is nothing at this address of the API."),
    "request.both": _("Send the whole file or its facts and text, not both."),
    "request.unknown": _("There is nothing of this name here."),
    "request.wrong": _("Something in this request can't be accepted."),
    "push.delete_branch": _("The branch of the wiki can't be deleted."),
    "push.incomplete": _("Parts of the history that was sent are missing."),
    "push.more": _("And %(count)s more."),
    "push.pack": _("What was sent can't be read: %(reason)s"),
    "push.ref": _("Only the branch %(branch)s and suggestions can be pushed."),
    "push.refused": _("The push was refused; the lines above say why."),
    "push.rewrites_history": _(
        "This would rewrite the history. Fetch first and put your changes on top (git pull --rebase)."
    ),
    "push.too_large": _("The push is too large; at most %(limit)s bytes."),
    "git.address": _("There is nothing for git at this address."),
    "git.busy": _("Many people fetch just now. Try again in a moment."),
    "git.content_type": _("This is not how git speaks."),
    "git.encoding": _("This encoding can't be read."),
    "git.protocol": _("This is not how git speaks."),
    "git.service": _("Git can clone, fetch and push here, nothing else."),
    "git.too_large": _("The request is too large."),
    "object.too_large": _("This is too large to be shown."),
    "object.not_commit": _("This is not in the wiki's history."),
    "object.unknown": _("This is not in the wiki's history."),
    # What the wiki stands on
    "storage.bad_head": _("The wiki's folder is in a state that it can't be read from. Tell whoever runs it."),
    "storage.bad_ref": _("The wiki's folder is in a state that it can't be read from. Tell whoever runs it."),
    "preview.busy": _("The preview has a lot to do just now. Try again in a moment; what you typed is still here."),
    "storage.busy": _("Somebody else is saving just now. Your text is safe; try again in a moment."),
    "storage.damaged": _("Part of the wiki's history is damaged. Tell whoever runs this wiki."),
    "storage.detached": _(
        "The wiki's folder is in the middle of other work, so nothing can be saved just now. Copy your text and tell whoever runs this wiki."
    ),
    "storage.disk_full": _(
        "The disk of the wiki is full, so nothing can be saved. Copy your text and tell whoever runs this wiki."
    ),
    "storage.empty": _("This wiki has no pages just now."),
    "storage.format": _("The wiki's folder is in a state that it can't be read from. Tell whoever runs it."),
    "storage.git_failed": _("Git could not do it. Tell whoever runs this wiki."),
    "storage.git_missing": _("Git is missing on the server. Tell whoever runs this wiki."),
    "storage.linked": _("The wiki's folder is in a state that it can't be read from. Tell whoever runs it."),
    "storage.lock": _("Another program holds the wiki's folder. Your text is safe; try again in a moment."),
    "storage.missing": _("The wiki's pages can't be found. Tell whoever runs this wiki."),
    "storage.no_locks": _(
        "Files can't be locked where the wiki lies, so nothing can be saved. Copy your text and tell whoever runs this wiki."
    ),
    "storage.read_only": _(
        "The wiki's folder can't be written just now, so nothing can be saved. Reading works. Copy your text and tell whoever runs this wiki."
    ),
    "storage.ref_moved": _("Somebody else was faster. Try again."),
    "storage.slow": _("This takes too long to work out."),
    "storage.temporary": _("There is no room for temporary files on the server. Tell whoever runs this wiki."),
    "storage.too_much": _("A folder holds more than can be shown. The rest of the wiki is served without it."),
    "storage.too_many_files": _("There are too many files."),
    "storage.unreadable": _("Part of the wiki can't be read just now. Tell whoever runs it."),
    "storage.unwritable": _("The wiki can't be written just now. Copy your text and tell whoever runs it."),
    "database": _("Accounts can't be reached just now. Reading works as usual; try again in a moment."),
    "database.busy": _("Accounts are busy just now. Try again in a moment."),
    "database.damaged": _("Accounts are out of reach just now. Reading works; try to sign in again later."),
    "database.full": _(
        "The disk of the wiki is full, so nothing can be saved. Copy your text and tell whoever runs this wiki."
    ),
    "database.missing": _("Accounts are out of reach just now. Reading works; try to sign in again later."),
    "database.read_only": _("Accounts may only be read just now. Tell whoever runs this wiki."),
    "database.unreachable": _("Accounts are out of reach just now. Reading works; try to sign in again later."),
    "catalog.busy": _("The lists are being brought up to date. Try again in a moment."),
    "catalog.unreadable": _("Lists can't be read just now. The pages can. Tell whoever runs the wiki."),
    "history.busy": _("The lists are being brought up to date. Try again in a moment."),
    "history.unreadable": _(
        "Who changed what, and when, can't be read just now. The pages can. Tell whoever runs the wiki."
    ),
    "history.unwritable": _("The list of changes can't be brought up to date just now."),
    "search.busy": _("Search is being brought up to date. Try again in a moment."),
    "search.no_index": _("Search is being rebuilt. Reading works as usual; try again in a minute."),
    "export.being_made": _("The copy is being made. Try again in a minute."),
    "export.failed": _("The copy can't be made just now. Tell whoever runs the wiki."),
    # What owners are told
    "config.open_private": _(
        "The wiki is private, but anybody can make an account and read it. Set accounts.sign_up to approval or closed."
    ),
    "config.open_unreviewed": _(
        "Anybody can make an account and save at once. To look at their first changes before they are on a page, set accounts.reviewed_edits, to 3 for example."
    ),
    "disk.low": _("The disk is nearly full: %(free)s MB are left."),
    "folder.foreign": _(
        "The wiki may not write some of its own files, because they belong to another user of the machine. `movement-wiki doctor` names them, and says what to do."
    ),
    "folder.read_only": _("The wiki may not write into this folder."),
    "home.moved": _(
        "The wiki's folder is no longer where it was when the server started. Put it back there, or start the server with its new place."
    ),
    "secret.missing": _("The key of the wiki has gone. Put it back from a backup before the server starts again."),
    "secret.open": _("Others on this machine can read the key of the wiki."),
}
# For all codes of a family that have no sentence of their own.
GENERAL: Mapping[str, Any] = {
    "front_matter": SENTENCES["front_matter"],
    "yaml": _("The facts at the top of the page can't be read. Look at line %(line)s."),
    "path": _("A page can't have this address."),
    "denied": SENTENCES["denied"],
    "throttle": SENTENCES["throttle.wait"],
    "name": SENTENCES["name"],
    "database": SENTENCES["database"],
}
