using System.Globalization;
using System.Net;
using CleanMessaging.Infrastructure.Identity;
using static CleanMessaging.Infrastructure.Identity.HashingQueue;

namespace CleanMessaging.Api.Tests.Limits;

public sealed class HashingQueueTests
{
    private static readonly IPAddress _flood = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress _one = IPAddress.Parse("192.0.2.2");
    private static readonly IPAddress _other = IPAddress.Parse("192.0.2.3");

    [Fact]
    public void Enter_OfManyAddresses_IsServedOneAddressAfterTheOther()
    {
        var queue = Taken(waitingMax: 100);
        var flood = Enumerable.Range(0, 10).Select(_ => queue.Enter(PasswordUse.LogIn, _flood)).ToList();
        var one = Enumerable.Range(0, 2).Select(_ => queue.Enter(PasswordUse.LogIn, _one)).ToList();
        var other = queue.Enter(PasswordUse.LogIn, _other);

        Order(queue, [.. flood, .. one, other]).Take(6).ShouldBe([flood[0], one[0], other, flood[1], one[1], flood[2]]);
    }

    /// <summary>A client that owns a network has many addresses. All addresses of one network share one turn.</summary>
    [Theory]
    [InlineData("2001:db8:aa:11{0:x2}::", "2001:db8:bb::")]
    [InlineData("2001:db8:aa:{0:x2}00::", "2001:db8:bb::")]
    [InlineData("2001:db8:aa:11{0:x2}::", "2001:db8:aa:1200::")]
    [InlineData("192.0.2.{0}", "198.51.100.1")]
    public void Enter_OfManyAddressesOfOneNetwork_GetsEverySecondPlace(string flood, string other)
    {
        var queue = Taken(waitingMax: 100);
        var addresses = Enumerable
            .Range(0, 50)
            .Select(number => IPAddress.Parse(string.Format(CultureInfo.InvariantCulture, flood, number)))
            .ToList();
        var flooding = addresses.Select(address => queue.Enter(PasswordUse.LogIn, address)).ToList();
        var others = Enumerable.Range(0, 2).Select(_ => queue.Enter(PasswordUse.LogIn, IPAddress.Parse(other))).ToList();

        Order(queue, [.. flooding, .. others]).Take(5).ShouldBe([flooding[0], others[0], flooding[1], others[1], flooding[2]]);
    }

    [Fact]
    public void Enter_OfAFullQueue_TakesThePlaceOfTheNetworkThatHasMost()
    {
        var queue = Taken(waitingMax: 64);
        var flood = Enumerable
            .Range(0, 64)
            .Select(number => queue.Enter(PasswordUse.LogIn, IPAddress.Parse($"2001:db8:aa:{number}::")))
            .ToList();

        OutcomeOf(queue.Enter(PasswordUse.LogIn, IPAddress.Parse("2001:db8:aa:ff::"))).ShouldBe(Outcome.Full);
        OutcomeOf(queue.Enter(PasswordUse.LogIn, IPAddress.Parse("2001:db8:bb::"))).ShouldBeNull();

        flood.Count(waiter => OutcomeOf(waiter) == Outcome.Full).ShouldBe(1);
        queue.Waiting.ShouldBe(64);
    }

    [Fact]
    public void Enter_OfRegistrations_IsServedBehindLogInsButNotLast()
    {
        var queue = Taken(waitingMax: 100);
        var registrations = Enumerable.Range(0, 3).Select(_ => queue.Enter(PasswordUse.Registration, _one)).ToList();
        var logIns = Enumerable.Range(0, 6).Select(_ => queue.Enter(PasswordUse.LogIn, _other)).ToList();

        Order(queue, [.. registrations, .. logIns]).ShouldBe(
            [.. logIns.Take(LogInsPerRegistration), registrations[0], .. logIns.Skip(LogInsPerRegistration), registrations[1], registrations[2]]);
    }

    [Fact]
    public void Enter_OneMoreThanAnAddressMayHave_IsRejectedAndOthersAreNot()
    {
        var queue = Taken(waitingMax: 100, waitingPerAddressMax: 3);
        var waiters = Enumerable
            .Range(0, 3)
            .Select(number => queue.Enter(number == 0 ? PasswordUse.Registration : PasswordUse.LogIn, _flood))
            .ToList();

        OutcomeOf(queue.Enter(PasswordUse.LogIn, _flood)).ShouldBe(Outcome.TooManyOfAddress);
        OutcomeOf(queue.Enter(PasswordUse.LogIn, _one)).ShouldBeNull();

        queue.TryLeave(waiters[1]).ShouldBeTrue();
        OutcomeOf(queue.Enter(PasswordUse.LogIn, _flood)).ShouldBeNull();
    }

    [Fact]
    public void Enter_OfAFullQueue_TakesThePlaceOfTheNewestOfTheLongestAddress()
    {
        var queue = Taken(waitingMax: 4);
        var flood = Enumerable.Range(0, 4).Select(_ => queue.Enter(PasswordUse.LogIn, _flood)).ToList();

        OutcomeOf(queue.Enter(PasswordUse.LogIn, _flood)).ShouldBe(Outcome.Full);
        OutcomeOf(queue.Enter(PasswordUse.LogIn, _one)).ShouldBeNull();

        flood.Select(OutcomeOf).ShouldBe([null, null, null, Outcome.Full]);
        queue.Waiting.ShouldBe(4);
        OutcomeOf(queue.Enter(PasswordUse.LogIn, _other)).ShouldBeNull();
        OutcomeOf(queue.Enter(PasswordUse.LogIn, _other)).ShouldBe(Outcome.Full);
    }

    [Fact]
    public void Enter_OfALogInIntoAQueueFullOfRegistrations_TakesThePlaceOfOne()
    {
        var queue = Taken(waitingMax: 2);
        var first = queue.Enter(PasswordUse.Registration, _one);
        var second = queue.Enter(PasswordUse.Registration, _other);

        OutcomeOf(queue.Enter(PasswordUse.LogIn, _flood)).ShouldBeNull();

        new[] { first, second }.Count(waiter => OutcomeOf(waiter) == Outcome.Full).ShouldBe(1);
    }

    [Fact]
    public async Task Enter_InParallelWithSomeThatLeave_NeverExceedsThePlacesAndEndsEmpty()
    {
        var queue = new HashingQueue(places: 3, waitingMax: 1000, waitingPerAddressMax: 1000);
        var (inside, most) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, 64).Select(number => Task.Run(async () =>
        {
            for (var round = 0; round < 200; round++)
            {
                var waiter = queue.Enter(round % 2 == 0 ? PasswordUse.LogIn : PasswordUse.Registration, new IPAddress(number % 5));
                if ((number + round) % 7 == 0 && queue.TryLeave(waiter))
                    continue;

                (await waiter.Ended).ShouldBe(Outcome.Entered);
                most = Math.Max(most, Interlocked.Increment(ref inside));
                await Task.Yield();
                Interlocked.Decrement(ref inside);
                queue.Release();
            }
        })));

        most.ShouldBeLessThanOrEqualTo(3);
        queue.Waiting.ShouldBe(0);
        Enumerable
            .Range(0, 4)
            .Select(_ => OutcomeOf(queue.Enter(PasswordUse.LogIn, _one)))
            .ShouldBe([Outcome.Entered, Outcome.Entered, Outcome.Entered, null]);
    }

    /// <summary>Creates a queue with one slot, which is in use.</summary>
    private static HashingQueue Taken(int waitingMax, int waitingPerAddressMax = 100)
    {
        var queue = new HashingQueue(places: 1, waitingMax, waitingPerAddressMax);
        OutcomeOf(queue.Enter(PasswordUse.LogIn, _one)).ShouldBe(Outcome.Entered);

        return queue;
    }

    private static Outcome? OutcomeOf(Waiter waiter) => waiter.Ended.IsCompleted ? waiter.Ended.Result : null;

    /// <summary>Returns the order in which waiters get the slot.</summary>
    private static List<Waiter> Order(HashingQueue queue, IReadOnlyList<Waiter> waiters)
    {
        var order = new List<Waiter>();
        while (order.Count < waiters.Count)
        {
            queue.Release();
            order.Add(waiters.Except(order).Single(waiter => waiter.Ended.IsCompleted));
        }

        return order;
    }
}
