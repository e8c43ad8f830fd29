"""Answers of the service, composed, cut and heard without a socket."""

from __future__ import annotations

import base64
import json
import random
from itertools import pairwise
from typing import Any

import pytest

from bot.errors import ProviderError
from bot.tts._qwen_answer import Answer

MODEL = "qwen3-tts-flash"
REQUEST_ID = "66356352-0000-4000-8000-000000000001"
URL = "http://dashscope-result-bj.oss-cn-beijing.aliyuncs.com/1d/x.wav?Signature=NOrq%2Fxx%3D"
PCM = random.Random(7).randbytes(600)

# The header of the provider's own files: lengths of about 2 GiB, whatever follows.
STREAMED = bytes.fromhex(
    "52494646bfffff7f57415645666d74201000000001000100c05d000080bb000002001000646174619bffff7f"
)


def payload(audio: bytes = b"", *, reason: str = "null", **more: Any) -> dict[str, Any]:
    sound = {"data": base64.b64encode(audio).decode(), "id": f"audio_{REQUEST_ID}", **more}
    output = {"audio": sound, "finish_reason": reason}
    return {
        "output": output,
        "usage": {"characters": 53},
        "request_id": REQUEST_ID,
        "note": "你好😀",
    }


def event(said: object, *, name: str = "result", status: int = 200) -> bytes:
    text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
    return f"id:1\nevent:{name}\n:HTTP_STATUS/{status}\ndata:{text}\n\n".encode()


def stream(*pieces: bytes, url: str = URL) -> bytes:
    return b"".join([*(event(payload(p)) for p in pieces), event(payload(reason="stop", url=url))])


def cut(body: bytes, *at: int) -> list[bytes]:
    return [body[a:b] for a, b in pairwise([0, *sorted(at), len(body)])]


def hear(*slices: bytes, is_stream: bool = True) -> bytes:
    answer = Answer(MODEL, is_stream=is_stream)
    heard = [pcm for piece in slices for pcm in answer.feed(piece)]
    return b"".join([*heard, *answer.close()])


def failure_of(*slices: bytes, is_stream: bool = True) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        hear(*slices, is_stream=is_stream)
    return caught.value
