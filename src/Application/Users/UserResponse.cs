using AutoMapper;
using CleanMessaging.Domain.Users;

namespace CleanMessaging.Application.Users;

/// <summary>A user, as the user and an Admin see it.</summary>
public sealed record UserResponse(Guid Id, string Email, string DisplayName, UserRole Role);

internal sealed class UserProfile : Profile
{
    public UserProfile() => CreateMap<User, UserResponse>();
}
