"""Japanese."""

from __future__ import annotations

from typing import Final

from bot.text._phrases.phrases import Phrases
from bot.text.message import AttachmentKind
from bot.text.nodes import Place

JAPANESE: Final = Phrases(
    locale="ja",
    says="{name}さん",
    subject="{name}さんが",
    arrives="{name}さんが入室しました",
    departs="{name}さんが退室しました",
    and_so_on="以下略",
    link="リンク",
    invite="サーバーへの招待",
    message_link="メッセージへのリンク",
    spoiler="ネタバレ",
    code="コード",
    code_in="{language}のコード",
    quote="引用",
    member="メンバー",
    role="ロール",
    channel="チャンネル",
    everyone="みなさん",
    here="オンラインのみなさん",
    command="スラッシュ{name}",
    places={
        Place.CUSTOMIZE: "チャンネルとロール",
        Place.BROWSE: "チャンネル一覧",
        Place.GUIDE: "サーバーガイド",
        Place.LINKED_ROLES: "連携ロール",
        Place.HOME: "サーバーホーム",
    },
    sound="サウンド",
    now="今",
    files={
        AttachmentKind.IMAGE: ("画像", "画像{count}枚"),
        AttachmentKind.GIF: ("GIF画像", "GIF画像{count}枚"),
        AttachmentKind.VIDEO: ("動画", "動画{count}本"),
        AttachmentKind.AUDIO: ("音声ファイル", "音声ファイル{count}個"),
        AttachmentKind.VOICE: ("ボイスメッセージ", "ボイスメッセージ{count}件"),
        AttachmentKind.FILE: ("ファイル", "ファイル{count}個"),
    },
    sent="{things}を送信しました",
    sticker="スタンプ{names}",
    sent_sticker=("スタンプ{names}を送信しました",) * 2,
    started_poll="投票を開始しました",
    poll_ended="投票終了",
    poll_won="{percent}%で{answer}に決まりました",
    poll_undecided="決まりませんでした",
    reply="{name}さんへ",
    reply_to_nobody="返信",
    forwarded="転送しました",
    space="",
    comma="、",
    colon="、",
    clock=("H時", "H時m分"),
)
