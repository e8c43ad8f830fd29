"""The end-to-end encryption group, driven by real MLS members in every order one can think of."""

import pytest

from bot.sandbox.discord.voice.protocol import Op
from tests.sandbox._voice_party import OPUS, Party


@pytest.mark.parametrize("seed", range(12))
def test_whatever_the_order_everybody_ends_in_one_group(seed: int) -> None:
    party = Party(seed)
    for _ in range(party.random.randint(3, 9)):
        party.come_or_go()
        for _ in range(party.random.randint(0, 12)):
            party.deliver_one()
    party.arrive()
    party.arrive()
    party.settle()
    assert party.group.members == party.present.keys()
    assert party.understands_itself()


@pytest.mark.parametrize("seed", range(100, 112))
def test_whatever_goes_wrong_on_the_way_everybody_ends_in_one_group(seed: int) -> None:
    party = Party(seed)
    for _ in range(party.random.randint(3, 8)):
        party.come_or_go()
        party.spoil_something()
        for _ in range(party.random.randint(0, 12)):
            party.deliver_one()
    party.heal()
    party.arrive()
    party.arrive()
    party.settle()
    assert party.group.members == party.present.keys()
    assert party.understands_itself()


@pytest.mark.parametrize("seed", range(200, 206))
def test_whoever_is_cut_off_or_begins_anew_everybody_ends_in_one_group(seed: int) -> None:
    party = Party(seed)
    for _ in range(party.random.randint(3, 8)):
        party.arrive()
        party.spoil_something()
        party.upset_somebody()
        for _ in range(party.random.randint(0, 12)):
            party.deliver_one()
    party.heal()
    party.arrive()
    party.arrive()
    party.settle()
    party.let_time_pass()
    party.settle()
    assert party.group.members == party.present.keys()
    assert party.understands_itself()


@pytest.mark.parametrize("count", [2, 3, 5])
def test_of_the_first_commits_one_wins_and_all_others_are_welcomed(count: int) -> None:
    party = Party(seed=count)
    crowd = [party.arrive() for _ in range(count)]
    party.settle()
    assert sum(Op.ANNOUNCE_COMMIT in each.log for each in crowd) == 1
    assert sum(Op.WELCOME in each.log for each in crowd) == count - 1
    assert party.group.epoch == 1
    assert all(Op.EXECUTE_TRANSITION in each.log for each in crowd)


def test_a_newcomer_is_welcomed_and_the_others_follow_the_commit() -> None:
    party = Party(seed=1)
    old = [party.arrive(), party.arrive()]
    party.settle()
    newcomer = party.arrive()
    party.settle()
    assert party.group.epoch == 2
    assert Op.WELCOME in newcomer.log
    assert Op.PROPOSALS not in newcomer.log
    assert all(each.log.count(Op.ANNOUNCE_COMMIT) >= 1 for each in old)


def test_who_leaves_a_group_of_three_no_longer_understands_the_others() -> None:
    party = Party(seed=2)
    leaver, stayer, _ = party.arrive(), party.arrive(), party.arrive()
    party.settle()
    party.depart(leaver)
    party.settle()
    assert party.understands_itself()
    with pytest.raises(ValueError, match="decrypt"):
        leaver.member.decrypt(stayer.user_id, stayer.member.encrypt(OPUS))


def test_the_last_member_is_told_to_start_over_and_can_be_joined_again() -> None:
    party = Party(seed=3)
    stayer, leaver = party.arrive(), party.arrive()
    party.settle()
    party.depart(leaver)
    party.settle()
    assert stayer.log[-2:] == [Op.PREPARE_EPOCH, Op.PREPARE_TRANSITION]
    assert not stayer.member.can_encrypt
    party.arrive()
    party.settle()
    assert party.understands_itself()


def test_when_a_pending_member_leaves_its_addition_is_revoked() -> None:
    party = Party(seed=4)
    members = [party.arrive(), party.arrive()]
    party.settle()
    pending = party.arrive()
    pending.write()
    party.depart(pending)
    party.settle()
    assert party.group.members == {each.user_id for each in members}
    assert party.group.epoch == 1
    assert party.understands_itself()


@pytest.mark.parametrize("damaged", [Op.WELCOME, Op.ANNOUNCE_COMMIT])
@pytest.mark.parametrize("count", [2, 3])
def test_who_cannot_follow_is_removed_and_added_again(damaged: Op, count: int) -> None:
    party = Party(seed=5)
    crowd = [party.arrive() for _ in range(count)]
    crowd[0].to_damage = {damaged}
    crowd[1].to_damage = {damaged}
    party.settle()
    assert party.group.members == party.present.keys()
    assert party.understands_itself()


def test_a_client_without_encryption_downgrades_the_call_and_its_leaving_upgrades_it() -> None:
    party = Party(seed=6)
    old = [party.arrive(), party.arrive()]
    party.settle()
    plain = party.arrive(max_dave_version=0)
    party.settle()
    assert party.group.version == 0
    assert not any(each.member.can_encrypt for each in old)
    party.depart(plain)
    party.settle()
    assert party.group.version == 1
    assert party.understands_itself()


def test_who_never_says_that_they_are_ready_holds_nobody_up() -> None:
    party = Party(seed=8)
    old, mute = party.arrive(), party.arrive()
    mute.withheld.add(Op.TRANSITION_READY)
    party.settle()
    newcomer = party.arrive()
    party.settle()
    assert Op.EXECUTE_TRANSITION not in old.log
    assert Op.WELCOME not in newcomer.log
    assert [delay_s for delay_s, _ in party.deadlines] == [2.0]
    party.let_time_pass()
    party.settle()
    assert old.log.count(Op.EXECUTE_TRANSITION) == 1
    assert Op.WELCOME in newcomer.log
    assert party.understands_itself()


def test_who_begins_anew_is_proposed_nothing_before_its_new_key_package() -> None:
    party = Party(seed=11)
    beginner, other = party.arrive(), party.arrive()
    party.settle()
    beginner.begin_anew()
    party.arrive().write()
    assert [op for op, _ in beginner.inbox] == [Op.SESSION_DESCRIPTION]
    assert Op.PROPOSALS in [op for op, _ in other.inbox]
    party.settle()
    assert party.understands_itself()


def test_a_deadline_everybody_has_met_changes_nothing() -> None:
    party = Party(seed=9)
    crowd = [party.arrive(), party.arrive()]
    party.settle()
    party.let_time_pass()
    party.settle()
    assert [each.log.count(Op.EXECUTE_TRANSITION) for each in crowd] == [1, 1]


def test_who_cannot_follow_and_says_so_after_the_deadline_is_added_again() -> None:
    party = Party(seed=10)
    crowd = [party.arrive(), party.arrive(), party.arrive()]
    crowd[0].to_damage = {Op.WELCOME, Op.ANNOUNCE_COMMIT}
    while not party.deadlines:
        party.deliver_one()
    party.let_time_pass()
    party.settle()
    assert party.group.members == party.present.keys()
    assert party.understands_itself()


def test_a_commit_of_an_old_epoch_changes_nothing() -> None:
    party = Party(seed=7)
    first, second = party.arrive(), party.arrive()
    for attendant in (first, second, first, second):
        attendant.write() if attendant.outbox else attendant.read()
    while first.inbox or second.inbox:
        (first if first.inbox else second).read()
    commits = [first.outbox[-1], second.outbox[-1]]
    assert [op for op, _ in commits] == [Op.COMMIT_WELCOME, Op.COMMIT_WELCOME]
    first.write()
    second.write()
    assert party.group.epoch == 1
    party.settle()
    assert party.understands_itself()
