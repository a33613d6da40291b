using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Browser;

/// <summary>
/// Tells that a new calendar day of the user's has begun, by the server's clock: words such as "today" and "tomorrow" mean another day then.
/// </summary>
internal sealed class DayChangeNotifier(MessagingClient client, Seconds seconds)
{
    /// <summary>Calls at each midnight, or as soon as the browser wakes after it, until what is returned is disposed.</summary>
    public IDisposable Each(Action listener)
    {
        var today = Today();

        return seconds.Each(() =>
        {
            var before = today;
            today = Today();
            if (today != before)
                listener();
        });
    }

    private int Today() => LocalTime.DayOf(client.ServerTime);
}
