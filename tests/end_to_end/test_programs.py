"""The programs a stranger runs first."""

import asyncio
import base64
import json
import os
import signal
import sys
import wave
from pathlib import Path

import aiohttp
import pytest
import yarl

pytestmark = [pytest.mark.end_to_end, pytest.mark.asyncio(loop_scope="module")]

PNG = b"\x89PNG\r\n\x1a\n"
VARIABLES = {
    "DISCORD_TOKEN",
    "DISCORD_API_BASE",
    "DISCORD_GATEWAY",
    "SSL_CERT_FILE",
    "DASHSCOPE_HTTP_BASE_URL",
    "DASHSCOPE_API_KEY",
}


async def start(*arguments: str, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )


def seconds_of(file: Path) -> float:
    with wave.open(str(file)) as reader:
        return reader.getnframes() / reader.getframerate()


async def test_the_demo_is_heard_and_leaves_two_recordings_and_a_picture(tmp_path: Path) -> None:
    program = await start("demo", "--folder", str(tmp_path))
    output, errors = await asyncio.wait_for(program.communicate(), 60)

    assert (program.returncode, errors) == (0, b"")
    assert "heard as written" in output.decode()
    assert seconds_of(tmp_path / "heard.wav") == pytest.approx(
        seconds_of(tmp_path / "attachment.wav"), abs=0.3
    )
    assert (tmp_path / "heard.png").read_bytes().startswith(PNG)


async def test_the_sandbox_tells_other_programs_where_it_is_and_ends_when_told() -> None:
    program = await start("sandbox", "--json")
    assert program.stdout is not None
    variables = json.loads(await asyncio.wait_for(program.stdout.readline(), 20))
    headers = {"Authorization": f"Bot {variables['DISCORD_TOKEN']}"}
    url = f"{variables['DISCORD_API_BASE']}/users/@me"
    async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as response:
        me = await response.json()
    certificate = Path(variables["SSL_CERT_FILE"])
    assert variables.keys() == VARIABLES
    assert me["bot"] is True
    assert certificate.exists()

    program.send_signal(signal.SIGTERM)
    _, errors = await asyncio.wait_for(program.communicate(), 10)

    assert (program.returncode, errors) == (0, b"")
    assert not certificate.exists()


async def test_the_sandbox_takes_its_behaviour_from_options_and_writes_what_was_heard(
    tmp_path: Path,
) -> None:
    heard = tmp_path / "heard.wav"
    options = ("--no-wav-header", "--piece-ms", "100", "--heard", str(heard))
    program = await start("sandbox", "--json", *options)
    assert program.stdout is not None
    variables = json.loads(await asyncio.wait_for(program.stdout.readline(), 20))
    headers = {
        "Authorization": f"Bearer {variables['DASHSCOPE_API_KEY']}",
        "X-DashScope-SSE": "enable",
    }
    body = {"model": "qwen3-tts-flash", "input": {"text": "Ahoy", "voice": "Cherry"}}
    url = variables["DASHSCOPE_HTTP_BASE_URL"] + "/services/aigc/multimodal-generation/generation"
    async with aiohttp.ClientSession(headers=headers) as http:
        answers = [await (await http.post(url, json=body)).text() for _ in range(40)]
    program.send_signal(signal.SIGTERM)
    await asyncio.wait_for(program.communicate(), 10)

    first = json.loads(answers[-1].split("data:", 1)[1].split("\n", 1)[0])
    piece = base64.b64decode(first["output"]["audio"]["data"])
    assert (len(piece), piece[:4] != b"RIFF") == (4800, True)
    assert seconds_of(heard) == 0.0  # nobody spoke


async def test_clients_that_leave_at_any_moment_are_no_errors_of_the_sandbox() -> None:
    program = await start("sandbox", "--json")
    assert program.stdout is not None
    variables = json.loads(await asyncio.wait_for(program.stdout.readline(), 20))
    base = yarl.URL(variables["DASHSCOPE_HTTP_BASE_URL"])
    text = "Good morning, everyone. " * 12
    body = json.dumps(
        {"model": "qwen3-tts-flash", "input": {"text": text, "voice": "Cherry"}}
    ).encode()
    request = (
        f"POST {base.path}/services/aigc/multimodal-generation/generation HTTP/1.1\r\n"
        f"Host: localhost\r\nAuthorization: Bearer {variables['DASHSCOPE_API_KEY']}\r\n"
        f"X-DashScope-SSE: enable\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    for moment in range(100):
        _, writer = await asyncio.open_connection(base.host, base.port)
        writer.write(request)
        await asyncio.sleep(moment % 10 / 2000)  # another moment of the answer each
        writer.transport.abort()
    program.send_signal(signal.SIGTERM)
    _, errors = await asyncio.wait_for(program.communicate(), 10)

    assert (program.returncode, errors) == (0, b"")


async def test_a_text_is_spoken_into_a_file_without_discord(tmp_path: Path) -> None:
    sandbox = await start("sandbox", "--json")
    assert sandbox.stdout is not None
    variables = json.loads(await asyncio.wait_for(sandbox.stdout.readline(), 20))
    file = tmp_path / "speech.wav"

    said = await start("say", "Good morning.", "-o", str(file), "--voice", "ethan", **variables)
    await asyncio.wait_for(said.communicate(), 20)
    refused = await start("say", "Hello", "-o", str(file), "--voice", "Nobody", **variables)
    _, errors = await asyncio.wait_for(refused.communicate(), 20)
    sandbox.terminate()
    await sandbox.wait()

    assert said.returncode == 0
    assert seconds_of(file) > 0.5
    assert refused.returncode == 64
    assert b"has no such voice" in errors
