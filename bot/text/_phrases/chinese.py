"""Chinese."""

from __future__ import annotations

from typing import Final

from bot.text._phrases.phrases import Phrases, one_two_or_more
from bot.text.message import AttachmentKind
from bot.text.nodes import Place

CHINESE: Final = Phrases(
    locale="zh",
    plural=one_two_or_more,
    says="{name}说",
    subject="{name}",
    arrives="{name}进来了",
    departs="{name}离开了",
    and_so_on="以下省略",
    link="链接",
    invite="服务器邀请",
    message_link="消息链接",
    spoiler="剧透内容",
    code="代码",
    code_in="{language}代码",
    quote="引用",
    member="某位成员",
    role="某个身份组",
    channel="某个频道",
    everyone="所有人",
    here="所有在线成员",
    command="斜杠{name}",
    places={
        Place.CUSTOMIZE: "频道和身份组",
        Place.BROWSE: "浏览频道",
        Place.GUIDE: "服务器指南",
        Place.LINKED_ROLES: "关联身份组",
        Place.HOME: "服务器主页",
    },
    sound="一段音效",
    now="现在",
    files={
        AttachmentKind.IMAGE: ("一张图片", "两张图片", "{count}张图片"),
        AttachmentKind.GIF: ("一张动图", "两张动图", "{count}张动图"),
        AttachmentKind.VIDEO: ("一个视频", "两个视频", "{count}个视频"),
        AttachmentKind.AUDIO: ("一个音频文件", "两个音频文件", "{count}个音频文件"),
        AttachmentKind.VOICE: ("一条语音消息", "两条语音消息", "{count}条语音消息"),
        AttachmentKind.FILE: ("一个文件", "两个文件", "{count}个文件"),
    },
    sent="发了{things}",
    sticker="贴纸{names}",
    sent_sticker=("发了贴纸{names}",) * 3,
    started_poll="发起了投票",
    poll_ended="投票结束",
    poll_won="{answer}以{percent}%胜出",
    poll_undecided="没有选项胜出",
    reply="回复{name}",
    reply_to_nobody="回复",
    forwarded="转发了",
    space="",
    comma="，",
    colon="：",
    clock=("H点", "H点m分"),
)
