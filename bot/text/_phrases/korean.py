"""Korean."""

from __future__ import annotations

from typing import Final

from bot.text._phrases.phrases import Phrases
from bot.text.message import AttachmentKind
from bot.text.nodes import Place

KOREAN: Final = Phrases(
    locale="ko",
    says="{name} 님",
    subject="{name} 님이",
    arrives="{name} 님이 들어왔습니다",
    departs="{name} 님이 나갔습니다",
    and_so_on="이하 생략",
    link="링크",
    invite="서버 초대",
    message_link="메시지 링크",
    spoiler="스포일러",
    code="코드",
    code_in="{language} 코드",
    quote="인용",
    member="멤버",
    role="역할",
    channel="채널",
    everyone="모두",
    here="접속 중인 모두",
    command="슬래시 {name}",
    places={
        Place.CUSTOMIZE: "채널 및 역할",
        Place.BROWSE: "채널 둘러보기",
        Place.GUIDE: "서버 가이드",
        Place.LINKED_ROLES: "연결된 역할",
        Place.HOME: "서버 홈",
    },
    sound="사운드",
    now="지금",
    files={
        AttachmentKind.IMAGE: ("이미지", "이미지 {count}장"),
        AttachmentKind.GIF: ("움직이는 이미지", "움직이는 이미지 {count}장"),
        AttachmentKind.VIDEO: ("동영상", "동영상 {count}개"),
        AttachmentKind.AUDIO: ("오디오 파일", "오디오 파일 {count}개"),
        AttachmentKind.VOICE: ("음성 메시지", "음성 메시지 {count}개"),
        AttachmentKind.FILE: ("파일", "파일 {count}개"),
    },
    # Which of the two particles it is depends on the sound before it.
    sent="{things}을(를) 보냈습니다",
    sticker="스티커 {names}",
    sent_sticker=("스티커 {names}을(를) 보냈습니다",) * 2,
    started_poll="투표를 시작했습니다",
    poll_ended="투표 종료",
    poll_won="{percent}%로 {answer} 선정",
    poll_undecided="선정된 답이 없습니다",
    reply="{name} 님에게",
    reply_to_nobody="답장",
    forwarded="전달했습니다",
    clock=("a h시", "a h시 m분"),
)
