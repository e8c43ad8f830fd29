from simcord import ChannelHandle, Env, MemberActor

from tests.cogs.answers import answer, refusal


async def test_tts_posts_a_wav(env: Env, chat: ChannelHandle, alice: MemberActor) -> None:
    message = answer(env, await alice.slash(chat, "tts", text="Good morning, everyone!"))
    assert [file.filename for file in message.attachments] == ["Good-morning-everyone.wav"]


async def test_say_without_a_call_is_refused(
    env: Env, chat: ChannelHandle, alice: MemberActor
) -> None:
    sentence = refusal(env, await alice.slash(chat, "say", text="Hello"))
    assert sentence == "You are not in a voice channel. Join one first, then try again."
