using CleanMessaging.Client;

namespace CleanMessaging.WebClient.Browser;

/// <summary>
/// Notifies components when a new calendar day begins in the user's time zone, by the server's clock, so that they update texts such as
/// "today".
/// </summary>
internal sealed class DayChangeNotifier(MessagingClient client, Seconds seconds)
{
    /// <summary>Calls back at each midnight, or as soon as the browser wakes up after it, until the result is disposed.</summary>
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
