"""The example page of in-app notices, in a real browser against the real door."""

import asyncio
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from aiohttp import web
from tocsin.notifiers.in_app import InApp
from tocsin.notifiers.in_app_tokens import account_token
from tocsin.returns.in_app import InAppDoor
from tocsin.schemas.evidence import Heard, Receipt
from tocsin.schemas.identifiers import ReturnCode

from fakes.push_messages import IN_APP_SECRET, in_app_settings, noticed, return_code
from fakes.relays import SENDER, collect, lease_of

PAGE = Path(__file__).resolve().parents[2] / "examples" / "in_app.html"
WORDS = "Data <b>was</b> copied & sold"
_CLICK = """
<script>
setInterval(() => {
  const dialog = document.querySelector("dialog");
  if (dialog.open) { dialog.querySelector(".confirm").click(); }
}, 100);
</script></body>
"""


class _Desk:
    """Keeps receipts."""

    def __init__(self) -> None:
        self.receipts: list[Receipt] = []

    async def knows(self, code: ReturnCode) -> bool:
        return bool(code)

    async def take(self, receipts: Sequence[Receipt]) -> None:
        self.receipts += receipts


async def _browse(url: str) -> str:
    """Return the page as the browser has it after a while."""
    browser = await asyncio.create_subprocess_exec(
        *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"),
        *("--virtual-time-budget=4000", url),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    seen, _ = await browser.communicate()
    return seen.decode()


def test_a_signed_in_person_sees_their_notice_and_confirms_it(
    tmp_path: Path, need: Callable[[object, str], None]
) -> None:
    need(shutil.which("chromium"), "apt-get install -y --no-install-recommends chromium")

    async def main() -> None:
        settings, desk = in_app_settings(tmp_path), _Desk()
        async with InApp(settings) as in_app:
            notices = [noticed(0, "anna", body=WORDS), noticed(1, "ben")]
            await collect(in_app.send(notices, lease_of(), sender=SENDER))
        token = account_token(IN_APP_SECRET, "anna", expires=int(time.time()) + 600)

        async def page(request: web.Request) -> web.Response:
            text = PAGE.read_text("utf-8").replace('data-token=""', f'data-token="{token}"')
            clicks = _CLICK if "click" in request.query else "</body>"
            return web.Response(text=text.replace("</body>", clicks), content_type="text/html")

        app = InAppDoor(settings, desk).app()
        app.router.add_get("/", page)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        try:
            seen = await _browse(url)
            assert "<p>Data &lt;b&gt;was&lt;/b&gt; copied &amp; sold</p>" in seen
            assert 'role="dialog"' in seen and "I have read this" in seen
            delivered = Receipt(return_code(0), Heard.DELIVERED, source="in_app")
            assert desk.receipts == [delivered]
            await _browse(f"{url}?click")
            confirmed = Receipt(return_code(0), Heard.CONFIRMED, source="in_app")
            assert desk.receipts == [delivered, confirmed]
            assert "I have read this</button>" not in await _browse(url)
        finally:
            await runner.cleanup()

    async def bounded() -> None:
        async with asyncio.timeout(120):
            await main()

    asyncio.run(bounded())


def test_the_page_loads_nothing_from_elsewhere_and_writes_no_html() -> None:
    text = PAGE.read_text("utf-8")
    assert "//" not in text.replace("<!doctype", "").replace("// takes no focus", "")
    assert "innerHTML" not in text


@pytest.mark.parametrize("word", ["role=", "aria-labelledby=", "aria-describedby=", "aria-live"])
def test_the_page_says_what_its_parts_are(word: str) -> None:
    assert word in PAGE.read_text("utf-8")
