"""How the voice server behaves: fixed options, and faults that are switched at run time."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.sandbox.discord.voice._transitions import TRANSITION_TIMEOUT_S
from bot.sandbox.discord.voice.transport import Mode


@dataclass(slots=True)
class VoiceFaults:
    """What is broken right now; a count falls by one each time it strikes."""

    guild_id: int | None = None
    """Strike calls of this guild alone; who has not said yet where they belong is struck, too."""
    http_status: int | None = None
    """Refuse the websocket with this HTTP status."""
    is_endpoint_silent: bool = False
    """Take connections and never answer."""
    is_silent_after_hello: bool = False
    """Say hello and nothing else."""
    has_no_heartbeat_ack: bool = False
    """Take heartbeats without acknowledging them."""
    is_udp_black_hole: bool = False
    """Lose every datagram in both directions."""
    close_on_identify: int | None = None
    """Close with this code instead of ready, `close_on_identify_times` times."""
    close_on_identify_times: int = 0
    close_after: int | None = None
    """Close every new session with this code, `close_after_s` after its session description."""
    close_after_s: float = 0.0
    discoveries_to_drop: int = 0
    bad_json_frames: int = 0
    """Damage so many JSON messages of a live session (op 5 and above)."""
    bare_json_frames: int = 0
    """Leave `d` out of so many JSON messages of a live session (op 5 and above)."""
    empty_modes: int = 0
    """Offer no transport encryption in so many ready messages."""
    bad_proposals: int = 0
    """Damage so many op 27."""
    bad_commits: int = 0
    """Damage so many op 29."""
    bad_welcomes: int = 0
    """Damage so many op 30."""
    welcome_delay_s: float = 0.0
    """Hold every op 29 and 30 back."""
    has_no_endpoint: bool = False
    """Name no endpoint in voice server updates, as while a server is being chosen."""

    def strikes(self, count: str) -> bool:
        """Whether the counted fault of this name strikes now; counts it down."""
        left: int = getattr(self, count)
        if left <= 0:
            return False
        setattr(self, count, left - 1)
        return True


@dataclass(frozen=True, slots=True)
class VoiceOptions:
    """How the voice server behaves; everything in it is healthy by default."""

    modes: tuple[Mode, ...] = (Mode.AES256_GCM, Mode.XCHACHA20_POLY1305)
    is_dave_required: bool = True
    heartbeat_interval_ms: int = 13_750  # what Discord sends
    heartbeats_missed: float = 2.0
    """A session is dead after so many intervals without a heartbeat."""
    resume_window_s: float = 15.0
    """How long a session waits for its client to come back; not documented by Discord.

    Only then is its member gone for the others (op 13, and a removal from the group).
    """
    transition_timeout_s: float = TRANSITION_TIMEOUT_S
    """How long a change of the group's keys waits until everybody is ready for it."""
    websocket_rtt_ms: float = 0.0
    """Added to all the server sends on a websocket: request and answer are this far apart."""
    udp_delay_ms: float = 10.0
    """For the discovery reply: a real one never arrives within the same millisecond."""
    rtcp_interval_s: float = 1.0
    """Receiver reports while somebody talks; the period is not documented by Discord."""
    plain_grace_s: float = 0.0
    """How long after an upgrade to end-to-end encryption plain audio is still heard."""
    udp_loss: float = 0.0
    """The share of audio packets from clients that get lost."""
    udp_jitter_ms: float = 0.0
    """Audio packets from clients come up to so much later, and may overtake each other."""
    seed: int = 1
    faults: VoiceFaults = field(default_factory=VoiceFaults)

    def faults_in(self, guild_id: int | None) -> VoiceFaults:
        """Return what is broken for a guild; None is a client that has not said where it is."""
        is_struck = None in (guild_id, self.faults.guild_id) or guild_id == self.faults.guild_id
        return self.faults if is_struck else VoiceFaults()
