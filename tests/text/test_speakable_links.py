"""What is said for links."""

from __future__ import annotations

import pytest

from bot.models import Language
from bot.settings.choices import LinkReading
from tests.text.saying import DE, ES, FR, IT, JA, KO, PT, RU, ZH, said


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("see https://example.com/a/b?c=d#e", "see example.com"),
        ("see https://www.example.com.", "see example.com."),
        ("see <https://docs.example.co.uk/x>", "see docs.example.co.uk"),
        ("see HTTPS://WWW.EXAMPLE.COM", "see example.com"),
        ("see www.example.com/x", "see example.com"),
        ("see http://example.com:8080/x", "see example.com"),
        ("(https://example.com)", "(example.com)"),
        ("https://example.com https://example.com/2", "example.com"),
        ("https://a.com, https://b.com", "a.com, b.com"),
        ("看https://example.com/x。", "看example.com。"),
        ("https://xn--mnchen-3ya.de/x", "münchen.de"),
        ("https://xn--fsqu00a.xn--0zwm56d", "例子.测试"),
        ("https://münchen.de", "münchen.de"),
        ("https://xn--pple-43d.com", "link"),
        ("https://аpple.com", "link"),
        ("https://xn--a\u0301.com", "link"),
        ("https://xn--99999999999.com", "link"),
        ("https://xn--" + "a" * 3_000, "link"),
        ("https://google.com@evil.example/x", "evil.example"),
        ("https://192.168.0.1/x", "link"),
        ("https://[::1]/x", "link"),
        ("https://localhost/x", "link"),
        ("https://" + "a" * 100 + ".com", "link"),
        ("https://a_b.com", "link"),
        ("join https://discord.gg/python now", "join an invitation to a server now"),
        ("discord.gg/python", "an invitation to a server"),
        ("https://discord.com/invite/python", "an invitation to a server"),
        ("https://discord.com/channels/1/1/3", "a link to a message"),
        ("https://ptb.discord.com/channels/1/1", "news"),
        ("https://discord.com/channels/1/9", "a channel"),
        ("https://discord.com/channels/@me/9/8", "a link to a message"),
        ("https://discord.com/developers", "discord.com"),
        ("https://tenor.com/view/cat-123", "a GIF"),
        ("https://media.tenor.com/x/y.mp4", "a GIF"),
        ("https://example.com/x.gif?y", "a GIF"),
        ("https://eviltenor.com/x", "eviltenor.com"),
        ("https://cdn.discordapp.com/attachments/1/2/a.png?ex=1", "an image"),
        ("https://media.discordapp.net/attachments/1/2/a.mp4", "a video"),
        ("https://cdn.discordapp.com/attachments/1/2/a.zip", "a file"),
        ("[the **docs**](https://evil.example)", "the docs"),
        ("[ ](https://example.com)", "example.com"),
        ("[<@1>](https://example.com)", "Bob"),
        ("[||x||](https://example.com)", "spoiler"),
        ("someone@example.com", "someone@example.com"),
    ],
)
def test_a_link_is_said_by_where_it_leads(written: str, spoken: str) -> None:
    assert said(written) == spoken


@pytest.mark.parametrize(
    ("reading", "spoken"),
    [
        (LinkReading.OFF, "see or here"),
        (LinkReading.WORD, "see link or here link"),
        (LinkReading.DOMAIN, "see e.com or here an invitation to a server"),
    ],
)
def test_moderators_choose_what_is_said_for_a_link(reading: LinkReading, spoken: str) -> None:
    written = "see https://e.com or [here](https://e.com) https://discord.gg/x"
    assert said(written, links=reading) == spoken


@pytest.mark.parametrize(
    ("language", "spoken"),
    [
        (ZH, "链接, 服务器邀请, 消息链接, 一张动图"),
        (DE, "Link, eine Einladung auf einen Server, ein Link zu einer Nachricht, ein GIF"),
        (IT, "link, un invito a un server, un link a un messaggio, una GIF"),
        (PT, "link, um convite para um servidor, um link para uma mensagem, um GIF"),
        (ES, "enlace, una invitación a un servidor, un enlace a un mensaje, un GIF"),
        (JA, "リンク, サーバーへの招待, メッセージへのリンク, GIF画像"),
        (KO, "링크, 서버 초대, 메시지 링크, 움직이는 이미지"),
        (FR, "lien, une invitation à un serveur, un lien vers un message, un GIF"),
        (RU, "ссылка, приглашение на сервер, ссылка на сообщение, GIF-файл"),
    ],
)
def test_a_link_is_said_in_the_language(language: Language, spoken: str) -> None:
    written = (
        "https://1.2.3.4, https://discord.gg/x, https://discord.com/channels/1/2/3, "
        "https://tenor.com/x"
    )
    assert said(written, language) == spoken
