"""Speak through the embedded espeak-ng: no network, no process, no file."""

from __future__ import annotations

import asyncio
import ctypes
import functools
import importlib
import importlib.util
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from bot.errors import ConfigError, ProviderError, ProviderFault
from bot.models import AudioFormat
from bot.tts._resample import Resampler

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator
    from types import TracebackType

ENGINE_PIECE_MS = 60

# Values of espeak-ng/speak_lib.h.
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_POSITION_CHARACTER = 1
_PARAMETER_RATE = 1
_PARAMETER_PITCH = 3
_OK = 0
_GO_ON, _STOP = 0, 1

_NOISE_SEED = 1

_NOT_INSTALLED = "espeakng-loader is missing: pip install 'oriole-tts[offline]' brings espeak-ng"

_SynthCallback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)

# The engine keeps its state in C globals, so one utterance at a time in the whole process.
_ENGINE_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class EspeakVoice:
    """How espeak-ng shall sound.

    Args:
        language: Its name for a language, such as `en-us`, `cmn` or `yue`.
        variant: Its name for a timbre, such as `f3` or `m2`; none for the language's own.
        pitch: 0 (deep) to 99 (high).
        words_per_minute: 80 to 450.
    """

    language: str = "en-us"
    variant: str | None = None
    pitch: int = 50
    words_per_minute: int = 165

    @property
    def name(self) -> str:
        """Return language and variant the way espeak-ng writes them."""
        return f"{self.language}+{self.variant}" if self.variant else self.language


def is_installed() -> bool:
    """Tell whether the optional package with the engine is there."""
    return importlib.util.find_spec("espeakng_loader") is not None


class Espeak:
    """Renders text to PCM (16-bit mono, 24 kHz).

    Args:
        is_repeatable: Equal calls give equal bytes, for 5 ms more and some memory that is lost.
    """

    def __init__(self, *, is_repeatable: bool = False) -> None:
        if not is_installed():
            raise ConfigError([_NOT_INSTALLED])
        self._is_repeatable = is_repeatable
        # A thread of its own: waiting for the engine must not fill the loop's default executor.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="espeak")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Forget what waits and end the worker thread."""
        self._worker.shutdown(wait=True, cancel_futures=True)

    def render(self, text: str, voice: EspeakVoice, sink: Callable[[bytes], bool]) -> None:
        """Hand PCM to `sink` while it is made, until the end or until `sink` returns False.

        Raises:
            ProviderError: The engine does not start or does not know the voice.
        """
        with _ENGINE_LOCK, self._engine() as engine:
            engine.choose(voice)
            engine.synthesize(text, sink)

    def speak(self, text: str, voice: EspeakVoice) -> bytes:
        """Return the whole of `text` as PCM; takes about 2 ms for a second of speech."""
        pieces: list[bytes] = []

        def keep(piece: bytes) -> bool:
            pieces.append(piece)
            return True

        self.render(text, voice, keep)
        return b"".join(pieces)

    async def stream(self, text: str, voice: EspeakVoice) -> AsyncGenerator[bytes, None]:
        """Yield PCM while a worker thread makes it; closing the generator stops the worker."""
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
        abandoned = threading.Event()

        def deliver(piece: bytes | None) -> bool:
            # Unbounded on purpose: a slow reader must not hold the one engine.
            loop.call_soon_threadsafe(pieces.put_nowait, piece)
            return not abandoned.is_set()

        def work() -> None:
            try:
                self.render(text, voice, deliver)
            finally:
                deliver(None)

        rendering = loop.run_in_executor(self._worker, work)
        try:
            while (piece := await pieces.get()) is not None:
                yield piece
            await rendering
        finally:
            abandoned.set()
            rendering.cancel()

    def _engine(self) -> AbstractContextManager[_Engine]:
        return _fresh_engine() if self._is_repeatable else nullcontext(_kept_engine())


class _Engine:
    """One loaded and initialized library; use it under the lock."""

    def __init__(self, library: ctypes.CDLL, rate_hz: int) -> None:
        self._library = library
        self._rate_hz = rate_hz

    def unload(self) -> None:
        """End the engine and drop its library, statics and all."""
        self._library.espeak_Terminate()
        _unload(self._library)

    def choose(self, voice: EspeakVoice) -> None:
        """Select language, variant, pitch and rate."""
        if self._library.espeak_SetVoiceByName(voice.name.encode()) != _OK:
            raise ProviderError(
                f"espeak-ng has no voice {voice.name!r}",
                fault=ProviderFault.INVALID_REQUEST,
                retryable=False,
            )
        self._library.espeak_ng_SetRandSeed(_NOISE_SEED)
        self._library.espeak_SetParameter(_PARAMETER_RATE, voice.words_per_minute, 0)
        self._library.espeak_SetParameter(_PARAMETER_PITCH, voice.pitch, 0)

    def synthesize(self, text: str, sink: Callable[[bytes], bool]) -> None:
        """Run the engine over `text`, resampling what its callback delivers."""
        taps = _Taps(self._rate_hz, sink)
        callback = _SynthCallback(taps.receive)
        self._library.espeak_SetSynthCallback(callback)
        # NUL would end the C string early.
        spoken = text.replace("\0", " ").encode("utf-8", "replace") + b"\0"
        self._library.espeak_Synth(
            spoken, len(spoken), 0, _POSITION_CHARACTER, 0, _CHARS_UTF8, None, None
        )
        taps.finish()


class _Taps:
    """What the engine's callback pours into: engine rate in, 24 kHz out."""

    def __init__(self, rate_hz: int, sink: Callable[[bytes], bool]) -> None:
        self._sink = sink
        self._resampler = Resampler(AudioFormat(rate_hz))
        self._is_wanted = True
        self._failure: BaseException | None = None

    def receive(self, samples: ctypes._Pointer[ctypes.c_short], count: int, _events: object) -> int:
        """Take one piece from the engine; a callback must not raise through C."""
        if not samples or count <= 0:
            return _GO_ON
        try:
            pcm = ctypes.string_at(samples, count * AudioFormat.SAMPLE_WIDTH)
            self._emit(self._resampler.feed(pcm))
        except BaseException as error:  # raised again by finish(), in Python
            self._failure = error
            return _STOP
        return _GO_ON if self._is_wanted else _STOP

    def finish(self) -> None:
        """Flush the resampler; raise what went wrong inside the callback."""
        if self._failure is not None:
            raise self._failure
        if self._is_wanted:
            self._emit(self._resampler.close())

    def _emit(self, pcm: bytes) -> None:
        if pcm:
            self._is_wanted = self._sink(pcm)


@functools.cache
def _kept_engine() -> _Engine:
    """Load the library once and keep it: unloading loses the dictionaries it allocated."""
    return _start(_load())


@contextmanager
def _fresh_engine() -> Iterator[_Engine]:
    """Load the library for one utterance.

    Its phase and flutter live in C statics that `espeak_Terminate` leaves as they are: only a
    freshly loaded library makes equal calls give equal bytes. It costs about 5 ms.
    """
    _release_kept_engine()
    engine = _start(_load())
    try:
        yield engine
    finally:
        engine.unload()


def _release_kept_engine() -> None:
    """Unload the kept library, whose statics a freshly loaded one would share."""
    if _kept_engine.cache_info().currsize:
        _kept_engine().unload()
        _kept_engine.cache_clear()


def _load() -> ctypes.CDLL:
    library = ctypes.CDLL(importlib.import_module("espeakng_loader").get_library_path())
    _declare(library)
    return library


def _start(library: ctypes.CDLL) -> _Engine:
    data_path = importlib.import_module("espeakng_loader").get_data_path()
    rate_hz = library.espeak_Initialize(
        _AUDIO_OUTPUT_SYNCHRONOUS, ENGINE_PIECE_MS, data_path.encode(), _INITIALIZE_DONT_EXIT
    )
    if rate_hz <= 0:
        raise ProviderError(
            "espeak-ng does not start", fault=ProviderFault.UNAVAILABLE, retryable=False
        )
    return _Engine(library, rate_hz)


def _declare(library: ctypes.CDLL) -> None:
    library.espeak_Initialize.argtypes = [
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_int,
    ]
    library.espeak_SetVoiceByName.argtypes = [ctypes.c_char_p]
    library.espeak_SetParameter.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int]
    library.espeak_SetSynthCallback.argtypes = [_SynthCallback]
    library.espeak_ng_SetRandSeed.argtypes = [ctypes.c_long]
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]


def _unload(library: ctypes.CDLL) -> None:
    if sys.platform == "win32":
        free = ctypes.WinDLL("kernel32").FreeLibrary
    else:
        free = ctypes.CDLL(None).dlclose
    free.argtypes = [ctypes.c_void_p]
    free(library._handle)
