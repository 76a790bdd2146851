package dev.deeprepo.report;

import java.util.List;

/**
 * Texts that act where they are taken for HTML or for harmless Markdown: they would open a dialog, load from elsewhere, or
 * lead away. {@code URL} stands for an address that nobody may ask.
 */
public final class Payloads {

    private static final List<String> ALL = List.of(
            // elements with scripts and handlers
            "<script>alert(1)</script>", "<script src=URL></script>", "<ScRiPt/x>alert(1)</sCrIpT >",
            "<img src=x onerror=alert(1)>", "<img/src=\"URL\"/onerror=alert(1)//", "<svg onload=alert(1)>",
            "<svg/onload=&#97;lert(1)>", "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
            "<svg><script href=data:,alert(1) /></svg>", "<body onload=alert(1)>", "<details open ontoggle=alert(1)>x",
            "<input autofocus onfocus=alert(1)>", "<video src=URL onerror=alert(1)></video>",
            "<audio src=x onerror=alert(1)>", "<marquee onstart=alert(1)>x</marquee>",
            "<p style=\"animation:x 1s\" onanimationstart=alert(1)>x</p>",
            // what loads or leads away
            "<img src=URL>", "<img srcset=\"URL 1x\">", "<iframe src=URL></iframe>",
            "<iframe srcdoc=\"<script>parent.alert(1)</script>\"></iframe>", "<object data=URL></object>",
            "<embed src=URL>", "<link rel=stylesheet href=URL>", "<link rel=preload as=image href=URL>",
            "<style>@import 'URL';</style>", "<style>*{background:url(URL)}</style>",
            "<div style=\"background:url(URL)\">x</div>", "<table background=URL><tr><td>x</table>",
            "<meta http-equiv=refresh content=\"0;url=URL\">", "<base href=URL>",
            "<form action=URL><button autofocus>x</button></form>", "<isindex action=URL>",
            "<button formaction=\"javascript:alert(1)\">x</button>", "<a href=x ping=URL>x</a>",
            // links in HTML
            "<a href=\"javascript:alert(1)\">x</a>", "<a href=\"jAvAsCrIpT&colon;alert(1)\">x</a>",
            "<a href=\"java&#9;script:alert(1)\">x</a>", "<a href=\" &#1;javascript:alert(1)\">x</a>",
            "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>", "<a href=vbscript:msgbox(1)>x</a>",
            "<area href=javascript:alert(1)>", "<math><a xlink:href=javascript:alert(1)>x</a></math>",
            // what one parser takes for text and another for elements
            "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
            "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
            "<template><script>alert(1)</script></template>", "<xmp><img src=x onerror=alert(1)></xmp>",
            "<plaintext><img src=x onerror=alert(1)>", "<textarea><img src=x onerror=alert(1)></textarea>",
            "</title><script>alert(1)</script>", "</textarea></style></main><script>alert(1)</script>",
            "<!--><img src=x onerror=alert(1)>-->", "<!-- x --!><img src=x onerror=alert(1)>",
            "<![CDATA[<img src=x onerror=alert(1)>]]>", "<?x ><img src=x onerror=alert(1)>?>",
            "<select><noembed></select><script>x='<script>'</script><img src=x onerror=alert(1)>",
            "<img src=\"`><img src=x onerror=alert(1)>`\">", "\"><script>alert(1)</script>",
            "' onmouseover=alert(1) x='", "{{constructor.constructor('alert(1)')()}}",
            "\u003cimg src=x onerror=alert(1)\u003e",
            // Markdown
            "[x](javascript:alert(1))", "[x](JaVaScRiPt&#58;alert(1))", "[x](java&Tab;script:alert(1))",
            "[x](<javascript:alert(1)>)", "[x](\\javascript:alert(1))", "[x](%6Aavascript:alert(1))",
            "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)", "[x](vbscript:msgbox(1))",
            "[x](file:///etc/passwd)", "[x](//foreign.invalid/x)", "[x](x \"onmouseover=alert(1)\")",
            "[x](https://foreign.invalid/\"onmouseover=\"alert(1))", "![x](URL)", "![x](URL \"t\" onerror=alert(1))",
            "![x\"onerror=\"alert(1)](URL)", "[![x](URL)](javascript:alert(1))", "![![x](URL)](URL)",
            "[x]: javascript:alert(1)\n\n[x]", "![y]\n\n[y]: URL", "<javascript:alert(1)>", "<data:text/html,x>",
            "```\" onload=\"alert(1)\nx\n```", "```html\n<script>alert(1)</script>\n```",
            "`<img src=x onerror=alert(1)>`", "| <img src=URL> |\n|---|\n| <script>alert(1)</script> |",
            "# <img src=URL onerror=alert(1)>", "<https://foreign.invalid/<script>alert(1)</script>>",
            "<div>\n\n[x](javascript:alert(1))\n\n</div>", "- <svg onload=alert(1)>\n  <style>@import 'URL'</style>",
            "> <iframe src=javascript:alert(1)></iframe>");

    private Payloads() {}

    /** @param url of an address that counts who asks it, or that does not exist */
    public static List<String> leadingTo(String url) {
        return ALL.stream().map(payload -> payload.replace("URL", url)).toList();
    }
}
