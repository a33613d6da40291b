using CleanMessaging.Domain.Messages;
using CsCheck;

namespace CleanMessaging.Domain.Tests.Messages;

public sealed class MessageVisibilityTests
{
    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public void IsVisible_AroundExpiresAt_IsFalseAtTheInstantItself(int microseconds, bool expected)
    {
        var sending = Sending.ByInvestor();
        var message = sending.Send(Given.Instant("2026-03-10T12:00:01Z"), expirationHours: 1);
        var now = Given.Instant("2026-03-10T13:00:01Z").AddMicroseconds(microseconds);

        message.IsVisible(now).ShouldBe(expected);
        message.HasExpired(now).ShouldBe(!expected);
        VisibleTo(sending, message, now).ShouldBe(expected);
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    public void IsTombstone_OfADeletedMessage_IsTrueUntilItsExpiry(int microseconds, bool expected)
    {
        var sending = Sending.ByInvestor();
        var message = sending.Send(Given.Instant("2026-03-10T12:00:01Z"), expirationHours: 1);
        var now = Given.Instant("2026-03-10T13:00:01Z").AddMicroseconds(microseconds);
        message.IsTombstone(now).ShouldBeFalse();

        sending.Delete(message, Given.Instant("2026-03-10T12:30:00Z"));

        message.IsTombstone(now).ShouldBe(expected);
        message.IsVisible(now).ShouldBeFalse();
    }

    [Theory]
    [InlineData("2026-03-10T12:00:01Z")]
    [InlineData("2027-03-10T12:00:01Z")]
    [InlineData("9999-12-31T23:59:59.999999Z")]
    public void IsVisible_WithoutExpiration_IsAlwaysVisible(string now)
    {
        var sending = Sending.ByInvestor();
        var message = sending.Send(Given.Instant("2026-03-10T12:00:01Z"));

        message.IsVisible(Given.Instant(now)).ShouldBeTrue();
        VisibleTo(sending, message, Given.Instant(now)).ShouldBeTrue();
    }

    [Fact]
    public void IsVisible_InAnotherOffset_ComparesInstants()
    {
        var sending = Sending.ByInvestor();
        var message = sending.Send(Given.Instant("2026-03-10T12:00:01Z"), expirationHours: 1);
        var expiry = new DateTimeOffset(2026, 3, 10, 8, 0, 1, TimeSpan.FromHours(-5));

        message.IsVisible(expiry).ShouldBeFalse();
        VisibleTo(sending, message, expiry).ShouldBeFalse();
    }

    [Fact]
    public void VisibleTo_AtAnyTime_AgreesWithIsVisibleAndWithArithmetic()
    {
        var sentAt = Given.Instant("2026-03-10T12:00:01Z");
        var hours = Gen.Frequency((1, Gen.Const((int?)null)), (5, Gen.Int[1, 8760].Select(value => (int?)value)));
        var distance = Gen.OneOf(Gen.Long[-30, 30], Gen.Long[-9_000 * TimeSpan.TicksPerHour, 9_000 * TimeSpan.TicksPerHour]);

        hours.Select(distance).Sample(
            (expirationHours, ticksFromExpiry) =>
            {
                var sending = Sending.ByInvestor();
                var message = sending.Send(sentAt, expirationHours: expirationHours);
                var now = sentAt.AddHours(expirationHours ?? 0).AddTicks(ticksFromExpiry);
                var expected = expirationHours is null || ticksFromExpiry < 0;

                return message.IsVisible(now) == expected && VisibleTo(sending, message, now) == expected;
            },
            iter: 1_000);
    }

    [Fact]
    public void VisibleTo_WhatTheViewerHasHiddenOrCleared_IsMissingOnlyForThisViewer()
    {
        var sending = Sending.ByInvestor();
        var messages = sending.SendMany(4, Given.Noon);
        var conversation = sending.Conversation;
        conversation.Clear(Given.Investor.Id, through: 2, removedHidden: 0);
        conversation.Hide(Given.Investor.Id, [4]);

        SequencesFor(Given.Investor.Id).ShouldBe([3]);
        SequencesFor(Given.Startup.Id).ShouldBe([1, 2, 3, 4]);
        SequencesFor(Guid.CreateVersion7()).ShouldBeEmpty();

        IEnumerable<long> SequencesFor(Guid viewerId) =>
            VisibleTo(sending, messages, viewerId, Given.Noon.AddMinutes(1)).Select(message => message.Sequence);
    }

    private static bool VisibleTo(Sending sending, Message message, DateTimeOffset now) =>
        VisibleTo(sending, [message], Given.Startup.Id, now).Any();

    private static IQueryable<Message> VisibleTo(
        Sending sending, IEnumerable<Message> messages, Guid viewerId, DateTimeOffset now) =>
        messages.AsQueryable().VisibleTo(
            viewerId,
            now,
            sending.Conversation.Participants.AsQueryable(),
            sending.Conversation.NewHiddenMessages.AsQueryable());
}
