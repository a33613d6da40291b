using AutoMapper;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Application.Users;

/// <summary>A user, as the user and an Admin see it.</summary>
/// <param name="AvatarId">The attachment with the user's picture; null if there is none.</param>
public sealed record UserResponse(Guid Id, string Email, string DisplayName, UserRole Role, Guid? AvatarId);

internal sealed class UserProfile : Profile
{
    public UserProfile() => CreateMap<User, UserResponse>();
}
