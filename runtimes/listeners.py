"""What comes back is listened for here: bounces, callbacks of providers, in-app confirmations.

Each way in that the configuration names, and no other. All of them hand in at one desk.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Never

from tocsin.returns.desk import Desk
from tocsin.returns.shared_take import SharedTake
from tocsin.runtimes.call_scripts import CallScripts
from tocsin.runtimes.channel_settings import of_bounces, of_calls, of_in_app, of_texts
from tocsin.runtimes.embedded import Runtime
from tocsin.schemas.errors import InvalidInput


@asynccontextmanager
async def listening(runtime: Runtime) -> AsyncIterator[Mapping[str, str]]:
    """Listen until the block ends; gives the address of each way in, by its section.

    Raises InvalidInput when the configuration names none, or a port is taken.
    """
    found: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        desk = SharedTake(runtime.desk)
        writer = asyncio.create_task(desk.run(), name="returns")
        stack.push_async_callback(_end, writer)
        try:
            await _bounces(runtime, stack, found)
            await _callbacks(runtime, desk, stack, found)
            await _in_app(runtime, desk, stack, found)
        except OSError as error:
            message = f"the address cannot be listened on ({type(error).__name__})"
            fix = "choose another port: 'bounces.port', 'callbacks.port' or 'in_app.port'"
            raise InvalidInput(message, field="port", fix=fix) from None
        if not found:
            message = "nothing is configured that could come back"
            fix = "add [bounces], [in_app], [web_push], [app_push], or a public_url to [sms]"
            raise InvalidInput(message, field="bounces", fix=fix)
        yield found


async def _end(task: asyncio.Task[Never]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _bounces(runtime: Runtime, stack: AsyncExitStack, found: dict[str, str]) -> None:
    section = runtime.settings.bounces
    if section is None:
        return
    from tocsin.returns.bounce_receiver import BounceReceiver  # noqa: PLC0415  # optional library

    receiver = BounceReceiver(of_bounces(section), runtime.desk)
    await stack.enter_async_context(receiver)
    found["bounces"] = f"{section.protocol}://{section.host}:{receiver.port}"


async def _callbacks(
    runtime: Runtime, desk: Desk, stack: AsyncExitStack, found: dict[str, str]
) -> None:
    settings = runtime.settings
    texts = settings.sms if settings.sms is not None and settings.sms.public_url else None
    pushes = settings.web_push is not None or settings.app_push is not None
    if texts is None and settings.calls is None and not pushes:
        return
    from aiohttp import web  # noqa: PLC0415  # an optional library

    app = web.Application()
    if texts is not None:
        from tocsin.returns.twilio_callbacks import text_routes  # noqa: PLC0415  # the same

        app.add_routes(text_routes(of_texts(texts), desk))
    if settings.calls is not None:
        from tocsin.notifiers.twilio_calls import TwilioCalls  # noqa: PLC0415  # the same
        from tocsin.returns.twilio_callbacks import call_routes  # noqa: PLC0415  # the same

        account = of_calls(settings.calls)
        line = await stack.enter_async_context(TwilioCalls(account))
        scripts = CallScripts(runtime.ledger, runtime.ledger.keys)
        app.add_routes(call_routes(account, desk, scripts, line))
    if pushes:
        from tocsin.returns.push_receipts import receipt_routes  # noqa: PLC0415  # the same

        app.add_routes(receipt_routes(desk))
    runner = web.AppRunner(app, access_log=None)  # its lines would hold the codes
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, settings.callbacks.host, settings.callbacks.port).start()
    host, port = runner.addresses[0][:2]
    found["callbacks"] = f"http://{host}:{port}"


async def _in_app(
    runtime: Runtime, desk: Desk, stack: AsyncExitStack, found: dict[str, str]
) -> None:
    section = runtime.settings.in_app
    if section is None:
        return
    from tocsin.returns.in_app import InAppDoor  # noqa: PLC0415  # an optional library

    door = await stack.enter_async_context(InAppDoor(of_in_app(section), desk))
    found["in_app"] = door.url
