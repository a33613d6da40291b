namespace CleanMessaging.Client;

/// <summary>The next attempt of a session that is not connected.</summary>
/// <param name="At">When it begins, by this machine's clock.</param>
/// <param name="CanBeBroughtForward">
/// Whether <see cref="MessagingSession.RetryNow"/> begins it at once. False when the server has asked to wait until then.
/// </param>
public sealed record NextAttempt(DateTimeOffset At, bool CanBeBroughtForward);
