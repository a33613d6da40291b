using CleanMessaging.Domain.Users;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Fault.Tests.Load;

/// <summary>A sender and one of the sender's conversations.</summary>
internal sealed record Place(Person Sender, Guid ConversationId);

/// <summary>The users of a load: two Investors, two Startups, and an Admin. Each Investor has a conversation with each Startup.</summary>
internal sealed class Cast
{
    /// <summary>Points that are enough for every message of a test.</summary>
    private const long Plenty = 1_000_000;

    private Cast(Person admin, Person rich, Person free, Person paying, Person poor, IReadOnlyList<Place> places)
    {
        Admin = admin;
        Rich = rich;
        Free = free;
        Paying = paying;
        Poor = poor;
        Places = places;
    }

    public Person Admin { get; }

    /// <summary>An Investor who pays after the day's free messages.</summary>
    public Person Rich { get; }

    /// <summary>An Investor whose messages are all free.</summary>
    public Person Free { get; }

    /// <summary>A Startup who pays from the first message on.</summary>
    public Person Paying { get; }

    /// <summary>A Startup that is rejected each time its points are used up, and repeatedly gets a few more.</summary>
    public Person Poor { get; }

    public IReadOnlyList<Person> Senders => [Rich, Free, Paying, Poor];

    public IReadOnlyList<Place> Places { get; }

    public IReadOnlyList<Guid> Conversations => [.. Places.Select(place => place.ConversationId).Distinct()];

    /// <param name="database">The database in which the Admin is created, because no request can create one.</param>
    public static async Task<Cast> GatherAsync(ApiProcess api, Database database)
    {
        var admin = await Person.RegisterAsync(api, "admin", UserRole.Investor);
        var rich = await Person.RegisterAsync(api, "rich", UserRole.Investor);
        var free = await Person.RegisterAsync(api, "free", UserRole.Investor);
        var paying = await Person.RegisterAsync(api, "paying", UserRole.Startup);
        var poor = await Person.RegisterAsync(api, "poor", UserRole.Startup);
        await database.ExecuteAsync($"UPDATE users SET role = 'Admin' WHERE id = '{admin.Id}'");
        await admin.LogInAgainAsync(admin.User);

        await SetFreeLimitAsync(admin, free, 1_000_000);
        await SetFreeLimitAsync(admin, paying, 0);
        foreach (var payer in (Person[])[rich, paying])
            await Person.RetryAsync(() => SendingLoad.CreditAsync(admin.User, payer, Plenty, $"plenty-{payer.Id}"));

        var places = new List<Place>();
        foreach (var investor in (Person[])[rich, free])
        {
            foreach (var startup in (Person[])[paying, poor])
            {
                var started = await Person.RetryAsync(
                    () => investor.User.PostAsync("/api/conversations/create", new { receiverId = startup.Id }));
                var conversationId = started.Data.GetProperty("id").GetGuid();
                places.AddRange([new Place(investor, conversationId), new Place(startup, conversationId)]);
            }
        }

        return new Cast(admin, rich, free, paying, poor, places);
    }

    private static Task<Answer> SetFreeLimitAsync(Person admin, Person user, int dailyFreeLimit) => Person.RetryAsync(
        () => admin.User.PutAsync($"/api/admin/users/{user.Id}/quota", new { dailyFreeLimit, pointsPerMessage = (long?)null }));
}
