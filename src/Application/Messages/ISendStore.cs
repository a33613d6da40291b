using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Primitives;

namespace CleanMessaging.Application.Messages;

/// <summary>Stores sends. Each send is decided by <see cref="SendDecision.Decide"/> on the state that it is stored on.</summary>
public interface ISendStore
{
    /// <summary>
    /// Loads the state of a send, decides it, and stores the message, the quota, the wallet and the conversation in one transaction,
    /// possibly in one batch with other sends. Then publishes the events. Returns after the commit.
    /// </summary>
    /// <exception cref="DomainException">
    /// The send is rejected and nothing is stored: the errors of <see cref="SendDecision.Decide"/>, or <c>user.not_found</c>.
    /// </exception>
    /// <exception cref="StorageUnavailableException">The database was unreachable or too busy for too long.</exception>
    Task<SendDecision> SendAsync(SendRequest request, CancellationToken cancellationToken);
}
