namespace CleanMessaging.Client;

/// <summary>The next attempt to connect of an offline session.</summary>
/// <param name="At">When the attempt starts, by the local clock.</param>
/// <param name="CanBeBroughtForward">
/// Whether <see cref="MessagingSession.RetryNow"/> starts the attempt at once. False when the server has asked the client to wait.
/// </param>
public sealed record NextAttempt(DateTimeOffset At, bool CanBeBroughtForward);
