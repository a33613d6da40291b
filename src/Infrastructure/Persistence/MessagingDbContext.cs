using CleanMessaging.Application.Storage;
using CleanMessaging.Domain.Administration;
using CleanMessaging.Domain.Attachments;
using CleanMessaging.Domain.Conversations;
using CleanMessaging.Domain.Messages;
using CleanMessaging.Domain.Quotas;
using CleanMessaging.Domain.Sessions;
using CleanMessaging.Domain.Users;
using CleanMessaging.Domain.Wallets;
using CleanMessaging.Infrastructure.Persistence.Accounts;
using Microsoft.EntityFrameworkCore;

namespace CleanMessaging.Infrastructure.Persistence;

/// <summary>The tables of the application. The mapping of each aggregate is in the folder of the same name.</summary>
public sealed class MessagingDbContext(DbContextOptions<MessagingDbContext> options) : DbContext(options)
{
    /// <summary>
    /// The time limit of the request that currently uses the context; null for none. Contexts are pooled, so each use sets its own.
    /// </summary>
    internal DatabaseDeadline? Deadline { get; set; }

    /// <summary>The time that remains for the statements of the request. The first use of this property starts the time.</summary>
    internal TimeSpan RemainingTime => Deadline?.Remaining ?? DatabaseDeadline.UntilCommit;

    /// <summary>
    /// The attempt of the unit of work that currently uses the context; null outside of one. The first statement of an attempt begins its
    /// transaction.
    /// </summary>
    internal Attempt? Attempt { get; set; }

    /// <summary>Whether an entity set or the transaction of an attempt was used since the context was taken from the pool.</summary>
    internal bool IsUsed { get; set; }

    internal DbSet<Account> Accounts => Set<Account>();

    internal DbSet<AdminAction> AdminActions => Set<AdminAction>();

    internal DbSet<AttachmentObject> AttachmentObjects => Set<AttachmentObject>();

    internal DbSet<Attachment> Attachments => Set<Attachment>();

    internal DbSet<Conversation> Conversations => Set<Conversation>();

    internal DbSet<HiddenMessage> HiddenMessages => Set<HiddenMessage>();

    internal DbSet<Message> Messages => Set<Message>();

    internal DbSet<MessageVersion> MessageVersions => Set<MessageVersion>();

    internal DbSet<Participant> Participants => Set<Participant>();

    internal DbSet<MessageQuota> Quotas => Set<MessageQuota>();

    internal DbSet<ReadMark> ReadMarks => Set<ReadMark>();

    internal DbSet<Session> Sessions => Set<Session>();

    internal DbSet<StorageAllowance> StorageAllowances => Set<StorageAllowance>();

    internal DbSet<User> Users => Set<User>();

    internal DbSet<Wallet> Wallets => Set<Wallet>();

    internal DbSet<WalletTransaction> WalletTransactions => Set<WalletTransaction>();

    public override DbSet<TEntity> Set<TEntity>()
    {
        IsUsed = true;

        return base.Set<TEntity>();
    }

    /// <summary>Begins the transaction of the current attempt, if there is one and its transaction has not begun.</summary>
    internal ValueTask EnsureTransactionAsync() =>
        Attempt is { } attempt && Database.CurrentTransaction is null ? BeginTransactionAsync(attempt) : ValueTask.CompletedTask;

    /// <summary>Begins the transaction of an attempt.</summary>
    internal async ValueTask BeginTransactionAsync(Attempt attempt)
    {
        // A failed save ends the transaction. A savepoint would add two round trips while all rows are locked.
        IsUsed = true;
        Database.AutoSavepointsEnabled = false;
        await Database.BeginTransactionAsync(attempt.UntilCommit);
        attempt.HasBegun = true;
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(MessagingDbContext).Assembly);
}
