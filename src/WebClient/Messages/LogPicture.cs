namespace CleanMessaging.WebClient.Messages;

/// <summary>
/// A conversation at one moment, as it is drawn. All that is drawn is of the same moment, so that nothing counts as seen that is not
/// drawn yet.
/// </summary>
/// <param name="IsLoaded">Whether it was read from the server.</param>
/// <param name="Today">The number of the day on which the days were named.</param>
internal sealed record LogPicture(bool IsLoaded, bool HasEarlier, IReadOnlyList<Day> Days, int Today)
{
    public static readonly LogPicture Nothing = new(IsLoaded: false, HasEarlier: false, [], Today: 0);
}
