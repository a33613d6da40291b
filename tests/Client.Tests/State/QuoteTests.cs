namespace CleanMessaging.Client.Tests.State;

/// <summary>Tests the messages that replies refer to: which are known, how they change, and when they are no longer available.</summary>
public sealed class QuoteTests
{
    private static readonly DateTimeOffset _end = Given.Noon.AddMinutes(1);

    private ConversationState _state = new();

    [Fact]
    public void QuoteOf_AMessageOfTheLoadedRange_IsThatMessage()
    {
        Load(Given.Messages(11, 20));

        QuoteOf(15).ShouldBe(Available(Given.Message(15)));
    }

    [Theory]
    [InlineData(12)]
    [InlineData(14)]
    [InlineData(20)]
    public void QuoteOf_AMessageThatIsMissingInTheLoadedRange_IsUnavailableWithoutARequest(long sequence)
    {
        // 12 and 20 have expired before the load.
        Load([.. Given.Messages(11, 19).Where(message => message.Sequence != 12)], lastSequence: 20);
        Apply(new DeletionReceived(Given.Deleted(14, revision: 21)));

        QuoteOf(sequence).ShouldBe(Unavailable(sequence));
    }

    [Fact]
    public void QuoteOf_AMessageBeforeOrAfterTheLoadedRange_HasToBeRequested()
    {
        Load(Given.Messages(11, 20), hasMoreAfter: true);

        QuoteOf(10).ShouldBeNull();
        QuoteOf(21).ShouldBeNull();
    }

    [Fact]
    public void Find_OfRequestedQuotes_KeepsThoseFoundAndEndsTheOthers()
    {
        Load(Given.Messages(11, 20));
        Apply(new QuotesRequested([3, 4]));
        QuoteOf(3).ShouldBe(new MessageQuote(3, QuoteState.Loading));

        Apply(new QuotesFound([3, 4], [Given.Message(3)], Given.Noon));

        QuoteOf(3).ShouldBe(Available(Given.Message(3)));
        QuoteOf(4).ShouldBe(Unavailable(4));
    }

    [Fact]
    public void Request_OfAKnownQuote_ChangesNothing()
    {
        Load(Given.Messages(11, 20));
        Find(3);
        var before = _state;

        Apply(new QuotesRequested([3]));

        _state.ShouldBeSameAs(before);
    }

    /// <summary>Tests that a response has no effect after a reload, which has forgotten the request.</summary>
    [Fact]
    public void Find_AfterAReload_ChangesNothing()
    {
        Load(Given.Messages(11, 20));
        Apply(new QuotesRequested([3]));
        Load(Given.Messages(11, 20));
        var before = _state;

        Apply(new QuotesFound([3], [Given.Message(3)], Given.Noon));

        _state.ShouldBeSameAs(before);
        QuoteOf(3).ShouldBeNull();
    }

    /// <summary>Tests that events and the response in any order give the state of the highest revision, and a deletion is final.</summary>
    [Fact]
    public void Changes_OfAQuoteInAnyOrder_LeadToTheSameState()
    {
        ConversationChange[] edits =
        [
            new MessageReceived(Given.Message(3, revision: 21), Given.Noon),
            new MessageReceived(Given.Message(3, revision: 22), Given.Noon),
            new QuotesFound([3], [Given.Message(3, revision: 3)], Given.Noon),
            new QuotesFound([3], [Given.Message(3, revision: 21)], Given.Noon),
        ];
        foreach (var order in OrdersOf(edits))
            AfterAll(order).ShouldBe(Available(Given.Message(3, revision: 22)));
        foreach (var order in OrdersOf([.. edits, new DeletionReceived(Given.Deleted(3, revision: 23))]))
            AfterAll(order).ShouldBe(Unavailable(3));

        MessageQuote? AfterAll(IEnumerable<ConversationChange> changes)
        {
            Load(Given.Messages(11, 20));
            Apply(new QuotesRequested([3]));
            foreach (var change in changes)
                Apply(change);

            return QuoteOf(3);
        }
    }

    [Fact]
    public void Recover_OfChangesOfAQuote_AppliesThem()
    {
        Load(Given.Messages(11, 20));
        Find(3);
        Find(4);

        var answer = Given.Recovered(20, 22, [Given.Message(3, revision: 21)]) with { Deleted = [Given.Deleted(4, revision: 22)] };
        Apply(new ChangesRecovered(answer, Since: 20, Given.Noon));

        QuoteOf(3).ShouldBe(Available(Given.Message(3, revision: 21)));
        QuoteOf(4).ShouldBe(Unavailable(4));
    }

    [Fact]
    public void Expire_OfAQuote_EndsItAtTheVeryInstant()
    {
        Load(Given.Messages(11, 20));
        Apply(new QuotesRequested([3]));
        Apply(new QuotesFound([3], [Given.Message(3, expiresAt: _end)], Given.Noon));
        _state.NextMessageExpiry.ShouldBe(_end);

        Apply(new TimePassed(_end.AddTicks(-1)));
        _state.QuoteOf(3, _end.AddTicks(-1)).ShouldNotBeNull().State.ShouldBe(QuoteState.Available);
        _state.QuoteOf(3, _end).ShouldBe(Unavailable(3));
        Reported(new TimePassed(_end)).ShouldBe([new QuotesChanged(Given.ConversationId)]);

        _state.Quotes[3].Message.ShouldBeNull();
        _state.NextMessageExpiry.ShouldBeNull();
    }

    [Fact]
    public void Hide_OfAQuotedMessage_EndsItInsideAndOutsideOfTheLoadedRange()
    {
        Load(Given.Messages(11, 20));
        Find(3);
        Find(4);
        Find(5);
        var personal = PersonalState.None with { Revision = 1, ClearedThrough = 4 };

        Reported(new PersonalStateReceived(personal, SinceRevision: 0, Hidden: [5, 15])).ShouldContain(new QuotesChanged(Given.ConversationId));

        foreach (var sequence in new long[] { 3, 4, 5, 15 })
            QuoteOf(sequence).ShouldBe(Unavailable(sequence));
        QuoteOf(2).ShouldBe(Unavailable(2));
        QuoteOf(6).ShouldBeNull();
        _state.Quotes.Values.ShouldAllBe(quote => quote.Message == null);
    }

    [Fact]
    public void Find_OfAQuoteThatHasExpired_EndsIt()
    {
        Load(Given.Messages(11, 20));
        Apply(new QuotesRequested([3]));

        Apply(new QuotesFound([3], [Given.Message(3, expiresAt: _end)], _end));

        _state.Quotes[3].ShouldBe(Unavailable(3));
    }

    /// <summary>Tests that a jump keeps the time of expiry of the quotes, which it does not load again.</summary>
    [Fact]
    public void Replace_OfTheLoadedRange_KeepsQuotesAndTheirExpiry()
    {
        Load(Given.Messages(11, 20));
        Apply(new QuotesRequested([3]));
        Apply(new QuotesFound([3], [Given.Message(3, expiresAt: _end)], Given.Noon));

        Apply(new PageReplaced(Given.Page(Given.Messages(6, 9), hasMoreBefore: true) with { HasMoreAfter = true }, _state.Mark, Given.Noon));

        QuoteOf(3).ShouldNotBeNull().State.ShouldBe(QuoteState.Available);
        _state.NextMessageExpiry.ShouldBe(_end);
    }

    [Fact]
    public void Page_WithQuotes_NeedsNoRequest()
    {
        Load(Given.Messages(11, 20), lastSequence: 60, quoted: [Given.Message(2)]);
        QuoteOf(2).ShouldBe(Available(Given.Message(2)));

        Apply(new EarlierPageLoaded(PageWith(Given.Messages(8, 10), Given.Message(3)), _state.Mark, Given.Noon));
        QuoteOf(3).ShouldBe(Available(Given.Message(3)));

        Apply(new PageReplaced(PageWith(Given.Messages(30, 40), Given.Message(4)) with { HasMoreAfter = true }, _state.Mark, Given.Noon));
        QuoteOf(4).ShouldBe(Available(Given.Message(4)));

        Apply(new LaterPageLoaded(PageWith(Given.Messages(41, 45), Given.Message(5)), _state.Mark, Given.Noon));
        QuoteOf(5).ShouldBe(Available(Given.Message(5)));
    }

    /// <summary>
    /// Tests that the quotes of a page are not used if a change has arrived since the request: it may be the deletion of a quoted message.
    /// </summary>
    [Fact]
    public void Page_WithAQuoteThatWasDeletedDuringTheRequest_DoesNotShowIt()
    {
        Load(Given.Messages(11, 20), hasMoreAfter: true);
        var mark = _state.Mark;

        Apply(new DeletionReceived(Given.Deleted(3, revision: 21)));
        Apply(new LaterPageLoaded(PageWith(Given.Messages(21, 25), Given.Message(3)), mark, Given.Noon));
        QuoteOf(3).ShouldBeNull();

        Apply(new PageReplaced(PageWith(Given.Messages(21, 25), Given.Message(3)) with { HasMoreAfter = true }, mark, Given.Noon));
        QuoteOf(3).ShouldBeNull();
    }

    [Fact]
    public void FirstPage_WithAQuoteThatWasDeletedDuringTheRequest_DoesNotShowIt()
    {
        Apply(new DeletionReceived(Given.Deleted(3, revision: 21)));

        Load(Given.Messages(11, 20), quoted: [Given.Message(3)]);

        QuoteOf(3)?.Message.ShouldBeNull();
    }

    [Fact]
    public void Find_OfMoreQuotesThanAreKept_RemovesThoseThatNoLoadedMessageRefersTo()
    {
        var replies = Given.Messages(1_001, 1_020).Select(message => message with { ReplyToSequence = message.Sequence - 1_000 }).ToList();
        Load(replies);
        foreach (var sequence in Given.Sequences(1, 400))
            Find(sequence);

        _state.Quotes.Count.ShouldBeLessThanOrEqualTo(201);
        foreach (var sequence in Given.Sequences(1, 20))
            QuoteOf(sequence).ShouldBe(Available(Given.Message(sequence)));
        QuoteOf(400).ShouldBe(Available(Given.Message(400)));
    }

    [Fact]
    public void Report_OfAChangedQuote_SaysSoButNotOfARequest()
    {
        Load(Given.Messages(11, 20));

        Reported(new QuotesRequested([3])).ShouldBeEmpty();
        Reported(new QuotesFound([3], [Given.Message(3)], Given.Noon)).ShouldBe([new QuotesChanged(Given.ConversationId)]);
        Reported(new MessageReceived(Given.Message(3, revision: 21), Given.Noon)).ShouldBe([new QuotesChanged(Given.ConversationId)]);
        Reported(new DeletionReceived(Given.Deleted(3, revision: 22)))
            .ShouldBe([new UnloadedMessagesChanged(Given.ConversationId), new QuotesChanged(Given.ConversationId)]);
    }

    private static MessageQuote Available(Message message) => new(message.Sequence, QuoteState.Available, message);

    private static MessageQuote Unavailable(long sequence) => new(sequence, QuoteState.Unavailable);

    private static MessagePage PageWith(IReadOnlyList<Message> messages, Message quoted) =>
        Given.Page(messages, hasMoreBefore: true) with { Quoted = [quoted] };

    private static IEnumerable<IReadOnlyList<T>> OrdersOf<T>(T[] items) =>
        items.Length == 0
            ? [[]]
            : items.SelectMany((item, index) => OrdersOf<T>([.. items.Take(index), .. items.Skip(index + 1)]).Select(rest => (IReadOnlyList<T>)[item, .. rest]));

    private MessageQuote? QuoteOf(long sequence) => _state.QuoteOf(sequence, Given.Noon);

    private void Find(long sequence)
    {
        Apply(new QuotesRequested([sequence]));
        Apply(new QuotesFound([sequence], [Given.Message(sequence)], Given.Noon));
    }

    private void Load(IReadOnlyList<Message> messages, bool hasMoreAfter = false, long? lastSequence = null, IReadOnlyList<Message>? quoted = null) =>
        Apply(new PageLoaded(
            Given.Numbers(lastSequence ?? messages[^1].Sequence),
            Given.Page(messages, hasMoreBefore: true) with { HasMoreAfter = hasMoreAfter, Quoted = quoted ?? [] },
            Given.Noon));

    private void Apply(ConversationChange change) => _state = ConversationReducer.Reduce(_state, change);

    private IReadOnlyList<SessionChange> Reported(ConversationChange change)
    {
        var before = _state;
        Apply(change);

        return [.. ChangeReport.Between(Given.ConversationId, before, _state, change)];
    }
}
