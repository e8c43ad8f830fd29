"""The part of MLS (RFC 9420) a DAVE server takes: external sender, proposals, reading commits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.sandbox.discord.voice._presentation import MalformedMessageError, Reader, uint, vector

MLS_1_0 = 1
P256_AES128GCM_SHA256 = 2  # the ciphersuite of DAVE protocol version 1
_BASIC_CREDENTIAL = 1
_WIRE_PUBLIC_MESSAGE = 1
_SENDER_MEMBER = 1
_SENDER_EXTERNAL = 2
_CONTENT_PROPOSAL = 2
_CONTENT_COMMIT = 3
_PROPOSAL_ADD = 1
_PROPOSAL_REMOVE = 3
_BY_VALUE = 1
_LEAF_OF_KEY_PACKAGE = 1
_LEAF_OF_COMMIT = 3
# DAVE protocol whitepaper, "Key Packages": from 0 to 2^64 - 1, the longest there is.
_LIFETIME = bytes(8) + b"\xff" * 8


@dataclass(frozen=True, slots=True)
class KeyPackage:
    """What a client offers so that others can add it to a group."""

    encoded: bytes
    user_id: int

    @classmethod
    def parse(cls, encoded: bytes) -> KeyPackage:
        """Read a bare KeyPackage, the way DAVE clients send it, and check what Discord checks.

        Raises:
            MalformedMessageError: It is none, it is not valid for ever, or a signature is wrong.
        """
        reader = Reader(encoded)
        reader.expect(MLS_1_0, 2, "the protocol version")
        reader.expect(P256_AES128GCM_SHA256, 2, "the ciphersuite")
        reader.vector()  # init key
        leaf = _read_leaf_node(reader)
        if leaf.lifetime != _LIFETIME:
            raise MalformedMessageError("a key package is not valid for ever")
        leaf.verify(b"MLS 1.0 LeafNodeTBS", leaf.signed, leaf.signature)
        reader.vector()  # extensions
        signed = reader.since(0)
        leaf.verify(b"MLS 1.0 KeyPackageTBS", signed, reader.vector())
        if not reader.is_at_end:
            raise MalformedMessageError("bytes follow a key package")
        return cls(encoded, int.from_bytes(leaf.identity, "big"))

    @property
    def reference(self) -> bytes:
        """The hash by which a Welcome names its addressee."""
        return _reference_hash(b"MLS 1.0 KeyPackage Reference", self.encoded)


@dataclass(frozen=True, slots=True)
class LeafNode:
    """What a member says of itself, and its signature."""

    signature_key: bytes
    identity: bytes
    lifetime: bytes
    """Not before and not after, in seconds; empty in the leaf of a commit."""
    signed: bytes
    """What the signature is over, where it is the leaf of a key package."""
    signature: bytes

    def verify(self, label: bytes, content: bytes, signature: bytes) -> None:
        """Raise MalformedMessageError if the owner of this leaf has not signed `content`."""
        try:
            key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self.signature_key)
            key.verify(signature, _labelled(label, content), ec.ECDSA(hashes.SHA256()))
        except (ValueError, InvalidSignature):
            raise MalformedMessageError("a key package is not signed by its owner") from None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A signed proposal of the server: add or remove one member."""

    encoded: bytes
    reference: bytes
    user_id: int
    is_add: bool


@dataclass(frozen=True, slots=True)
class Commit:
    """A member's commit, with what the server needs to know of it."""

    encoded: bytes
    epoch: int
    sender_leaf: int
    references: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Welcome:
    """The invitation that goes with a commit: one encrypted secret per newcomer."""

    secrets: dict[bytes, bytes]
    group_info: bytes

    @classmethod
    def parse(cls, encoded: bytes) -> Welcome:
        """Read a bare Welcome."""
        reader = Reader(encoded)
        reader.expect(P256_AES128GCM_SHA256, 2, "the ciphersuite")
        secrets = _read_secrets(Reader(reader.vector()))
        return cls(secrets, reader.rest())

    def reduced_to(self, key_package: KeyPackage) -> bytes:
        """Encode this welcome with nobody's secret but the addressee's."""
        secret = self.secrets.get(key_package.reference)
        if secret is None:
            raise MalformedMessageError("a welcome has no secret for its addressee")
        return uint(P256_AES128GCM_SHA256, 2) + vector(secret) + self.group_info


class ExternalSender:
    """The server as MLS sees it: not a member, but allowed to propose."""

    IDENTITY = b"oriole-sandbox"

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    def package(self) -> bytes:
        """Encode the key and the identity under which this server proposes."""
        public = self._key.public_key()
        point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return vector(point) + uint(_BASIC_CREDENTIAL, 2) + vector(self.IDENTITY)

    def propose_add(self, group_id: bytes, epoch: int, key_package: KeyPackage) -> Proposal:
        """Propose to add the owner of `key_package`."""
        body = uint(_PROPOSAL_ADD, 2) + key_package.encoded
        return self._sign(group_id, epoch, body, user_id=key_package.user_id, is_add=True)

    def propose_remove(self, group_id: bytes, epoch: int, *, leaf: int, user_id: int) -> Proposal:
        """Propose to remove the member at `leaf`."""
        body = uint(_PROPOSAL_REMOVE, 2) + uint(leaf, 4)
        return self._sign(group_id, epoch, body, user_id=user_id, is_add=False)

    def _sign(
        self, group_id: bytes, epoch: int, body: bytes, *, user_id: int, is_add: bool
    ) -> Proposal:
        content = vector(group_id) + uint(epoch, 8) + uint(_SENDER_EXTERNAL, 1) + uint(0, 4)
        content += vector(b"") + uint(_CONTENT_PROPOSAL, 1) + body
        wire_format = uint(_WIRE_PUBLIC_MESSAGE, 2)
        message = uint(MLS_1_0, 2) + wire_format + content
        labelled = _labelled(b"MLS 1.0 FramedContentTBS", message)
        auth = vector(self._key.sign(labelled, ec.ECDSA(hashes.SHA256())))
        reference = _reference_hash(b"MLS 1.0 Proposal Reference", wire_format + content + auth)
        return Proposal(message + auth, reference, user_id, is_add)


def parse_commit_welcome(encoded: bytes) -> tuple[Commit, Welcome | None]:
    """Split what a committer sends: its commit, and a welcome if it adds somebody.

    No length stands between the two, so the commit has to be read to its end.
    """
    reader = Reader(encoded)
    epoch, leaf = _read_commit_frame(reader)
    references = _read_references(Reader(reader.vector()))
    if reader.uint(1):
        _read_leaf_node(reader)
        reader.vector()  # the path's nodes
    for _ in ("signature", "confirmation tag", "membership tag"):
        reader.vector()
    commit = Commit(reader.since(0), epoch, leaf, references)
    return commit, None if reader.is_at_end else Welcome.parse(reader.rest())


def _read_commit_frame(reader: Reader) -> tuple[int, int]:
    reader.expect(MLS_1_0, 2, "the protocol version")
    reader.expect(_WIRE_PUBLIC_MESSAGE, 2, "the wire format")
    reader.vector()  # group id
    epoch = reader.uint(8)
    reader.expect(_SENDER_MEMBER, 1, "the sender type")
    leaf = reader.uint(4)
    reader.vector()  # authenticated data
    reader.expect(_CONTENT_COMMIT, 1, "the content type")
    return epoch, leaf


def _read_references(reader: Reader) -> tuple[bytes, ...]:
    references = []
    while not reader.is_at_end:
        if reader.uint(1) == _BY_VALUE:
            raise MalformedMessageError("a commit has a proposal that is not the server's")
        references.append(reader.vector())
    return tuple(references)


def _read_secrets(reader: Reader) -> dict[bytes, bytes]:
    secrets = {}
    while not reader.is_at_end:
        start = reader.position
        addressee = reader.vector()
        reader.vector()  # KEM output
        reader.vector()  # ciphertext
        secrets[addressee] = reader.since(start)
    return secrets


def _read_leaf_node(reader: Reader) -> LeafNode:
    start, lifetime = reader.position, b""
    reader.vector()  # encryption key
    signature_key = reader.vector()
    reader.expect(_BASIC_CREDENTIAL, 2, "the credential type")
    identity = reader.vector()
    for _ in ("versions", "ciphersuites", "extensions", "proposals", "credentials"):
        reader.vector()
    source = reader.uint(1)
    if source == _LEAF_OF_KEY_PACKAGE:
        lifetime = reader.take(len(_LIFETIME))
    if source == _LEAF_OF_COMMIT:
        reader.vector()  # parent hash
    reader.vector()  # extensions
    signed = reader.since(start)
    return LeafNode(signature_key, identity, lifetime, signed, reader.vector())


def _labelled(label: bytes, content: bytes) -> bytes:
    """Encode what is signed, or hashed, in the name of a purpose."""
    return vector(label) + vector(content)


def _reference_hash(label: bytes, value: bytes) -> bytes:
    return hashlib.sha256(_labelled(label, value)).digest()
