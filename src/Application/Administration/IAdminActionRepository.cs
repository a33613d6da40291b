using CleanMessaging.Domain.Administration;

namespace CleanMessaging.Application.Administration;

/// <summary>Stores what Admins have done, in the transaction of the command that does it.</summary>
public interface IAdminActionRepository
{
    void Add(AdminAction action);
}
