using System.Diagnostics;
using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Sessions;
using CleanMessaging.Domain.Users;
using CleanMessaging.Domain.Wallets;
using CleanMessaging.Infrastructure.Identity;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>The tables. Each aggregate's mapping stands in the folder of its name.</summary>
public sealed class MessagingDbContext(DbContextOptions<MessagingDbContext> options) : DbContext(options)
{
    private long? _started;

    /// <summary>How long the unit of work or the query has been running: since <see cref="StartClock"/>, or since this was first asked.</summary>
    internal TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started ??= Stopwatch.GetTimestamp());

    internal DbSet<Account> Accounts => Set<Account>();

    internal DbSet<Conversation> Conversations => Set<Conversation>();

    internal DbSet<Message> Messages => Set<Message>();

    internal DbSet<MessageAnchor> MessageAnchors => Set<MessageAnchor>();

    internal DbSet<Participant> Participants => Set<Participant>();

    internal DbSet<MessageQuota> Quotas => Set<MessageQuota>();

    internal DbSet<ReadMark> ReadMarks => Set<ReadMark>();

    internal DbSet<Session> Sessions => Set<Session>();

    internal DbSet<User> Users => Set<User>();

    internal DbSet<Wallet> Wallets => Set<Wallet>();

    internal DbSet<WalletTransaction> WalletTransactions => Set<WalletTransaction>();

    /// <summary>What comes now has its whole time before it, whatever the context was used for before.</summary>
    internal void StartClock() => _started = Stopwatch.GetTimestamp();

    /// <summary>Whoever had the context before had a clock of their own.</summary>
    internal void ForgetClock() => _started = null;

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(MessagingDbContext).Assembly);
        modelBuilder.HasDbFunction(() => MessageFunctions.NewestVisibleId(default, default)).HasName("newest_visible_id");
        modelBuilder.HasDbFunction(() => MessageFunctions.CountReceived(default, default, default, default, default)).HasName("count_received");
    }
}
