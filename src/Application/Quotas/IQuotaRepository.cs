using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Quotas;

namespace CleanMessaging.Application.Quotas;

/// <summary>Loads and stores quotas for the commands.</summary>
public interface IQuotaRepository
{
    /// <summary>Locks and loads a user's quota.</summary>
    /// <exception cref="DomainException"><c>user.not_found</c></exception>
    Task<MessageQuota> LoadAsync(Guid userId, CancellationToken cancellationToken);

    void Add(MessageQuota quota);
}
