"""The templates, compiled once for each language.

What a template says by itself doesn't change from request to request: its words (``_("Search")``), icons, and addresses
without parameters. They are put in when it is compiled, so that a page is mostly ready text, and the hundreds of words
of a form cost nothing when it is shown.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from keyword import iskeyword
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, cast

from flask.templating import Environment
from jinja2 import FileSystemBytecodeCache, Template, nodes
from jinja2.bccache import Bucket
from jinja2.compiler import CodeGenerator
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, _escape_inner, escape

from wiki.web import translations

# What a template gets from a mapping by a dot is an attribute first, as Jinja has it.
_OF_MAPPINGS = frozenset(dir(dict))


def words(text: str, /, **variables: Any) -> Markup:
    """``_("…", name=value)`` in a template: values are escaped."""
    return Markup(translations.gettext(text)) % variables


def words_for(singular: str, plural: str, num: int, /, **variables: Any) -> Markup:
    """``ngettext("…", "…", number, name=value)`` in a template."""
    return Markup(translations.catalog().ngettext(singular, plural, num)) % {"num": num, **variables}


def printed(value: Any) -> str:
    """A value as it stands in a page: HTML as it is, everything else escaped, as text and without an object around it."""
    kind = type(value)
    if kind is Markup:
        return cast(str, value)
    # `escape` makes a Markup of each, which takes ten times as long as to look for what has to be escaped.
    if kind is str:
        return _escape_inner(value)
    return str(value) if kind is int else escape(value)


class _Code(CodeGenerator):
    """Prints plain text and HTML without making an object of each: a page has a thousand values. Calls what is called, without
    asking each whether it wants to know the context: none of ours does."""

    def _output_child_pre(self, node: nodes.Expr, frame: Any, finalize: Any) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile and finalize.src is None:
            self.write("environment.printed(")
        else:
            super()._output_child_pre(node, frame, finalize)

    def visit_Call(self, node: nodes.Call, frame: Any, forward_caller: bool = False) -> None:
        """Write a call; Jinja does it where arguments have to be put together."""
        if forward_caller or node.dyn_args or node.dyn_kwargs or any(iskeyword(item.key) for item in node.kwargs):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for argument in (*node.args, *node.kwargs):
            self.visit(argument, frame)
            self.write(", ")
        self.write(")")


class _Compiled(FileSystemBytecodeCache):
    """Compiled templates in a folder. Losing it, or not being able to read or write it, costs time only."""

    def __init__(self, folder: Path) -> None:
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
        super().__init__(str(folder))

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what is stored, if it can be read."""
        with suppress(OSError, EOFError, UnpicklingError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Store what was compiled, if that is possible."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


class Templates(Environment):
    """Where templates come from: for each language another environment, with the same filters and globals.

    `fixed` names the functions that always give the same for the same constant arguments, whoever asks.
    """

    code_generator_class = _Code
    fixed: Mapping[str, Callable[..., Any]] = {}
    _of_languages: dict[str, Templates]
    _language = ""
    _compiled: Path | None = None

    def install(self, **functions: Callable[..., Any]) -> None:
        """Set up words and `functions`, whose calls with constant arguments are worked out when templates are compiled."""
        self._of_languages = {}
        self.fixed = {"_": words, **functions}
        self.globals.update(self.fixed, ngettext=words_for)

    def keep(self, folder: Path, build: str) -> None:
        """Keep what is compiled below a folder, for other processes and the next start. `build` changes with whatever is put
        into templates; what another build has left there goes."""
        self._compiled = folder / build
        with suppress(OSError):
            self._compiled.mkdir(parents=True, exist_ok=True)
            for other in folder.iterdir():
                if other.name != build:
                    shutil.rmtree(other, ignore_errors=True)

    def get_template(self, name: str | Template, parent: str | None = None, globals: Any = None) -> Template:
        """The template of this name in the language of the request."""
        if self._language:
            return super().get_template(name, parent, globals)
        language = translations.locale()
        own = self._of_languages.get(language)
        if own is None:
            own = self.overlay()
            own._language = language
            if self._compiled is not None:
                own.bytecode_cache = _Compiled(self._compiled / language)
            self._of_languages[language] = own
        return own.get_template(name, parent, globals)

    def make_globals(self, d: Any) -> Any:
        """The globals of a template: ours, where it is asked for with none of its own, since comparing them is quick."""
        return super().make_globals(d) if d else self.globals

    printed = staticmethod(printed)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """What stands behind ``obj.attribute``, found in a mapping without the error that tells that it is no attribute."""
        if type(obj) is dict and attribute in obj and attribute not in _OF_MAPPINGS:
            return obj[attribute]
        try:
            return getattr(obj, attribute)
        except AttributeError:
            return super().getattr(obj, attribute)

    def _generate(self, source: nodes.Template, *place: Any, **options: Any) -> str:
        return super()._generate(_Fixing(source, self.fixed).visit(source), *place, **options)


class _Fixing(NodeTransformer):
    """Puts results in place of calls that always give the same. Names that the template itself gives are not ours."""

    def __init__(self, source: nodes.Template, fixed: Mapping[str, Callable[..., Any]]) -> None:
        named = {node.name for node in source.find_all(nodes.Name) if node.ctx != "load"}
        named |= {node.name for node in source.find_all(nodes.Macro)}
        named |= {
            name if isinstance(name, str) else name[1]
            for node in source.find_all(nodes.FromImport)
            for name in node.names
        }
        self._fixed = {name: function for name, function in fixed.items() if name not in named}

    def visit_Call(self, node: nodes.Call, *_: Any) -> nodes.Node:
        """The result, or else the call; of words with changing values the looked-up words at least."""
        node = cast(nodes.Call, self.generic_visit(node))
        function = self._fixed.get(node.node.name) if isinstance(node.node, nodes.Name) else None
        if function is None or node.dyn_args or node.dyn_kwargs:
            return node
        try:
            arguments = [argument.as_const() for argument in node.args]
            return self._constant(
                function(*arguments, **{item.key: item.value.as_const() for item in node.kwargs}), node
            )
        except Exception:
            # It is no constant, or an error that is better raised when the template is shown.
            if function is words and len(node.args) == 1 and isinstance(node.args[0], nodes.Const):
                return self._filled(node)
            return node

    def _filled(self, node: nodes.Call) -> nodes.Node:
        text = self._constant(Markup(translations.gettext(node.args[0].as_const())), node)
        pairs = [nodes.Pair(self._constant(item.key, node), item.value) for item in node.kwargs]
        return self._placed(nodes.Mod(text, self._placed(nodes.Dict(pairs), node)), node)

    def _constant(self, value: Any, node: nodes.Node) -> nodes.Const:
        return self._placed(nodes.Const(value), node)

    @staticmethod
    def _placed(new: Any, node: nodes.Node) -> Any:
        new.set_lineno(node.lineno)
        new.set_environment(node.environment)
        return new
