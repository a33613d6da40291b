using System.Net.Sockets;
using CleanMessaging.Infrastructure.Postgres;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace CleanMessaging.Api.Tests.Persistence;

/// <summary>Tests which database errors are retried, which return 503, and which are errors of the application.</summary>
public sealed class PostgresFailureTests
{
    [Theory]
    [InlineData("40001", "Contention")]
    [InlineData("40P01", "Contention")]
    [InlineData("55P03", "Contention")]
    [InlineData("53300", "ConnectionLost")]
    [InlineData("57P01", "ConnectionLost")]
    [InlineData("57P02", "ConnectionLost")]
    [InlineData("57P03", "ConnectionLost")]
    [InlineData("57P05", "ConnectionLost")]
    [InlineData("08006", "ConnectionLost")]
    [InlineData("08P01", "ConnectionLost")]
    [InlineData("25006", "ConnectionLost")]
    [InlineData("57014", "TooSlow")]
    [InlineData("53100", "TooSlow")]
    [InlineData("53200", "TooSlow")]
    [InlineData("25P03", "TooSlow")]
    [InlineData("25P04", "TooSlow")]
    [InlineData("22021", "None")]
    [InlineData("23514", "None")]
    [InlineData("42P01", "None")]
    public void Classify_ServerError_SaysWhatItMeansHoweverItIsWrapped(string sqlState, string kind)
    {
        var error = new PostgresException("text", "ERROR", "ERROR", sqlState);

        foreach (var exception in new Exception[] { error, new InvalidOperationException("transient", error), new DbUpdateException("save", error) })
            PostgresFailure.Classify(exception).ToString().ShouldBe(kind);
    }

    [Theory]
    [InlineData("ux_messages_sender_id_client_message_id", "Contention")]
    [InlineData("ux_conversations_pair", "Contention")]
    [InlineData("pk_messages", "None")]
    public void Classify_UniqueViolation_IsContentionIfADuplicateCanExist(string constraint, string kind) =>
        PostgresFailure
            .Classify(new PostgresException("text", "ERROR", "ERROR", "23505", constraintName: constraint))
            .ToString()
            .ShouldBe(kind);

    [Fact]
    public void Classify_ConnectionFailure_IsOneHoweverItIsWrapped()
    {
        var failures = new Exception[]
        {
            new NpgsqlException("pool exhausted", new TimeoutException()),
            new NpgsqlException("while reading", new IOException("reset", new SocketException(104))),
            new InvalidOperationException("transient", new NpgsqlException("while reading", new TimeoutException())),
            new DbUpdateException("save", new NpgsqlException("while reading", new EndOfStreamException())),
            PlainException(source: "Npgsql"),
        };

        foreach (var failure in failures)
            PostgresFailure.Classify(failure).ShouldBe(PostgresFailureKind.ConnectionLost);
    }

    /// <summary>
    /// Tests that a missing file, another socket error or another time-out is not a database failure, but an application error (500).
    /// </summary>
    [Fact]
    public void Classify_WhatHasNothingToDoWithTheDatabase_IsNone()
    {
        var failures = new Exception[]
        {
            PlainException(source: "CleanMessaging.Application"),
            new InvalidOperationException("ours", new ArgumentException("too")),
            new FileNotFoundException("index.html"),
            new IOException("disk", new SocketException(104)),
            new SocketException(111),
            new TimeoutException("of something else"),
            new HttpRequestException("the issuer's keys", new SocketException(111)),
        };

        foreach (var failure in failures)
            PostgresFailure.Classify(failure).ShouldBe(PostgresFailureKind.None, failure.Message);
    }

    [Fact]
    public void Classify_NoTimeLeftForTheDatabase_IsTooSlow() =>
        PostgresFailure.Classify(new DatabaseTimeoutException("no time")).ShouldBe(PostgresFailureKind.TooSlow);

    /// <summary>Returns an exception like that of the driver for a message that it does not expect.</summary>
    private static Exception PlainException(string source)
    {
        var exception = (Exception)Activator.CreateInstance(typeof(Exception), "Received unexpected backend message DataRow.")!;
        exception.Source = source;

        return exception;
    }
}
