using System.Net;
using AutoMapper;
using CleanMessaging.Application.Accounts;
using CleanMessaging.Application.Storage;
using CleanMessaging.Application.Users;
using CleanMessaging.Domain.Ids;
using CleanMessaging.Domain.Primitives;
using CleanMessaging.Domain.Sessions;
using CleanMessaging.Domain.Users;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;

namespace CleanMessaging.Application.Tests.Accounts;

/// <summary>Tests what runs inside a transaction. Password hashing must run outside, because it would block a pooled connection.</summary>
public sealed class SigningInTests
{
    private static readonly DateTimeOffset _noon = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);
    private static readonly User _ines = new(Guid.CreateVersion7(_noon), "ines@example.com", "Ines", UserRole.Investor);

    private static readonly AuthenticatedUser _proven = new(_ines, "stamp");

    private readonly IAccountStore _accounts = Substitute.For<IAccountStore>();
    private readonly ISessionRepository _sessions = Substitute.For<ISessionRepository>();
    private readonly ITokenIssuer _tokens = Substitute.For<ITokenIssuer>();
    private readonly IUnitOfWork _unitOfWork = Substitute.For<IUnitOfWork>();
    private readonly FakeTimeProvider _clock = new(_noon);
    private readonly SessionIssuer _sessionIssuer;

    public SigningInTests()
    {
        _unitOfWork
            .ExecuteAsync(
                Arg.Any<Func<CancellationToken, Task<SessionResponse>>>(), Arg.Any<UnitOfWorkOptions>(), Arg.Any<CancellationToken>())
            .Returns(call => call.Arg<Func<CancellationToken, Task<SessionResponse>>>()(CancellationToken.None));
        _tokens.CreateSecret().Returns([7]);
        _tokens.CreateRefreshToken(Arg.Any<Guid>(), Arg.Any<byte[]>())
            .Returns(call => new RefreshToken("refresh", call.Arg<Guid>(), [1, 2, 3]));
        _tokens.IssueAccessToken(_ines, Arg.Any<Guid>(), _noon).Returns(new AccessToken("access", _noon.AddMinutes(15)));
        var mapper = Substitute.For<IMapper>();
        mapper.Map<UserResponse>(_ines).Returns(new UserResponse(_ines.Id, _ines.Email, _ines.DisplayName, _ines.Role, AvatarId: null));
        _sessionIssuer = new SessionIssuer(_sessions, _tokens, mapper);
    }

    [Fact]
    public async Task LogIn_WithGoodPassword_VerifiesFirstAndThenOpensASession()
    {
        _accounts.VerifyPasswordAsync("ines@example.com", "secret", IPAddress.Loopback, Arg.Any<CancellationToken>()).Returns(_proven);
        _accounts.LockAndVerifyStampAsync(_proven, Arg.Any<CancellationToken>()).Returns(true);

        var session = await LogInAsync();

        session.AccessToken.ShouldBe("access");
        session.User.Id.ShouldBe(_ines.Id);
        Received.InOrder(() =>
        {
            _accounts.VerifyPasswordAsync("ines@example.com", "secret", IPAddress.Loopback, Arg.Any<CancellationToken>());
            _unitOfWork.ExecuteAsync(
                Arg.Any<Func<CancellationToken, Task<SessionResponse>>>(), Arg.Any<UnitOfWorkOptions>(), Arg.Any<CancellationToken>());
            _accounts.LockAndVerifyStampAsync(_proven, Arg.Any<CancellationToken>());
            _sessions.Add(Arg.Is<Session>(opened => opened.UserId == _ines.Id));
        });
    }

    [Fact]
    public async Task LogIn_WhenTheAccountHasChangedSince_IsRejectedAndOpensNothing()
    {
        _accounts.VerifyPasswordAsync("ines@example.com", "secret", IPAddress.Loopback, Arg.Any<CancellationToken>()).Returns(_proven);
        _accounts.LockAndVerifyStampAsync(_proven, Arg.Any<CancellationToken>()).Returns(false);

        var rejection = await Should.ThrowAsync<DomainException>(LogInAsync);

        rejection.Error.Code.ShouldBe("auth.invalid_credentials");
        _sessions.ReceivedCalls().ShouldBeEmpty();
    }

    [Fact]
    public async Task ChangePassword_Always_VerifiesAndHashesBeforeTheTransactionBegins()
    {
        var open = Session.Open(new SessionId(Guid.CreateVersion7(_noon)), new UserId(_ines.Id), [7], [1], _noon);
        _accounts.VerifyPasswordAsync(_ines.Id, "secret", IPAddress.Loopback, Arg.Any<CancellationToken>()).Returns(_proven);
        _accounts.HashPasswordAsync("new secret", IPAddress.Loopback, Arg.Any<CancellationToken>()).Returns("hash");
        _accounts.ChangePasswordAsync(_proven, "hash", Arg.Any<CancellationToken>()).Returns(true);
        _sessions.LoadActiveAsync(_ines.Id, Arg.Any<CancellationToken>()).Returns([open]);

        await ChangePasswordAsync();

        open.RevokedAt.ShouldBe(_noon);
        Received.InOrder(() =>
        {
            _accounts.VerifyPasswordAsync(_ines.Id, "secret", IPAddress.Loopback, Arg.Any<CancellationToken>());
            _accounts.HashPasswordAsync("new secret", IPAddress.Loopback, Arg.Any<CancellationToken>());
            _unitOfWork.ExecuteAsync(
                Arg.Any<Func<CancellationToken, Task<SessionResponse>>>(), new UnitOfWorkOptions(false), Arg.Any<CancellationToken>());
            _accounts.ChangePasswordAsync(_proven, "hash", Arg.Any<CancellationToken>());
            _sessions.LoadActiveAsync(_ines.Id, Arg.Any<CancellationToken>());
            _sessions.Add(Arg.Is<Session>(opened => opened.UserId == _ines.Id && opened.RevokedAt == null));
        });
    }

    [Fact]
    public async Task ChangePassword_WithWrongPassword_IsRejectedBeforeAnythingIsHashedOrOpened()
    {
        var rejection = await Should.ThrowAsync<DomainException>(ChangePasswordAsync);

        rejection.Error.Code.ShouldBe("auth.wrong_password");
        _ = _accounts.DidNotReceiveWithAnyArgs().HashPasswordAsync("", IPAddress.Loopback, TestContext.Current.CancellationToken);
        _unitOfWork.ReceivedCalls().ShouldBeEmpty();
    }

    [Fact]
    public async Task LogIn_WithWrongPassword_IsRejectedBeforeAnythingIsOpened()
    {
        var rejection = await Should.ThrowAsync<DomainException>(LogInAsync);

        rejection.Error.Code.ShouldBe("auth.invalid_credentials");
        _unitOfWork.ReceivedCalls().ShouldBeEmpty();
        _sessions.ReceivedCalls().ShouldBeEmpty();
    }

    [Fact]
    public async Task RegisterAccount_Always_HashesBeforeTheTransactionBegins()
    {
        _accounts.HashNewPasswordAsync("ines@example.com", "secret", IPAddress.Loopback, Arg.Any<CancellationToken>()).Returns("hash");
        _tokens.IssueAccessToken(Arg.Any<User>(), Arg.Any<Guid>(), _noon).Returns(new AccessToken("access", _noon.AddMinutes(15)));
        var handler = new RegisterAccountHandler(_accounts, _unitOfWork, _sessionIssuer, _clock);

        await handler.Handle(
            new RegisterAccountCommand("ines@example.com", "secret", "Ines", UserRole.Investor, IPAddress.Loopback),
            TestContext.Current.CancellationToken);

        Received.InOrder(() =>
        {
            _accounts.HashNewPasswordAsync("ines@example.com", "secret", IPAddress.Loopback, Arg.Any<CancellationToken>());
            _unitOfWork.ExecuteAsync(
                Arg.Any<Func<CancellationToken, Task<SessionResponse>>>(), Arg.Any<UnitOfWorkOptions>(), Arg.Any<CancellationToken>());
            _accounts.CreateAsync(Arg.Is<User>(user => user.Role == UserRole.Investor), "hash", 0, _noon, Arg.Any<CancellationToken>());
        });
    }

    [Fact]
    public async Task RefreshSession_WithUnreadableToken_IsRejectedWithoutAQuery()
    {
        var handler = new RefreshSessionHandler(_sessions, _tokens, _sessionIssuer, Substitute.For<IReadDatabase>(), _clock);

        var session = await handler.Handle(new RefreshSessionCommand("nonsense"), TestContext.Current.CancellationToken);

        session.ShouldBeNull();
        _sessions.ReceivedCalls().ShouldBeEmpty();
    }

    [Fact]
    public async Task RefreshSession_WithReusedToken_AnswersNothingAndEndsTheSession()
    {
        var open = Session.Open(new SessionId(Guid.CreateVersion7(_noon)), new UserId(_ines.Id), [7], [1], _noon);
        _tokens.IsIssued(Arg.Any<RefreshToken>(), open.FamilyKey!).Returns(true);
        _tokens.TryReadRefreshToken("old", out Arg.Any<RefreshToken?>()).Returns(call =>
        {
            call[1] = new RefreshToken("old", open.Id, [9]);

            return true;
        });
        _sessions.LoadAsync(open.Id, Arg.Any<CancellationToken>()).Returns(open);
        var handler = new RefreshSessionHandler(_sessions, _tokens, _sessionIssuer, Substitute.For<IReadDatabase>(), _clock);

        var session = await handler.Handle(new RefreshSessionCommand("old"), TestContext.Current.CancellationToken);

        session.ShouldBeNull();
        open.RevokedAt.ShouldBe(_noon);
    }

    private Task<SessionResponse> LogInAsync() =>
        new LogInHandler(_accounts, _sessions, _unitOfWork, _sessionIssuer, _clock).Handle(
            new LogInCommand("ines@example.com", "secret", IPAddress.Loopback), TestContext.Current.CancellationToken);

    private Task<SessionResponse> ChangePasswordAsync() =>
        new ChangePasswordHandler(_accounts, _sessions, _unitOfWork, _sessionIssuer, _clock).Handle(
            new ChangePasswordCommand(_ines.Id, "secret", "new secret", IPAddress.Loopback), TestContext.Current.CancellationToken);
}
