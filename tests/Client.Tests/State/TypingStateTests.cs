namespace CleanMessaging.Client.Tests.State;

/// <summary>Tests who is typing after events, messages and synchronizations in any order.</summary>
public sealed class TypingStateTests
{
    private TypingState _state = TypingState.Empty;

    [Fact]
    public void Typing_RenewedAndExpired_EndsAtTheLatestTime()
    {
        Apply(Typed(at: 0));
        Apply(Typed(at: 3));
        _state.NextExpiry.ShouldBe(Given.Noon.AddSeconds(9));

        _state = _state.Expire(Given.Noon.AddSeconds(8));
        Users().ShouldBe([Given.Stan.Id]);
        _state = _state.Expire(Given.Noon.AddSeconds(9));
        Users().ShouldBeEmpty();
        _state.NextExpiry.ShouldBeNull();
    }

    [Fact]
    public void Typing_OfAUserWhoHasStopped_Ends()
    {
        Apply(Typed(at: 0));
        Apply(Typed(at: 1, isTyping: false));

        Users().ShouldBeEmpty();
    }

    [Fact]
    public void Typing_ThatArrivesAfterALaterStop_IsIgnored()
    {
        Apply(Typed(at: 1, isTyping: false));
        Apply(Typed(at: 0));

        Users().ShouldBeEmpty();
    }

    [Fact]
    public void Message_OfTheTypist_EndsTheIndicatorAndOlderEventsAreIgnored()
    {
        Apply(Typed(at: 0, sequence: 0));
        _state = _state.Apply(Given.Message(1));
        Users().ShouldBeEmpty();

        Apply(Typed(at: 0, sequence: 0));

        // Typed before the message, although the server had already stored it when it handled the event.
        Apply(Typed(at: 0.5, sequence: 1));
        Users().ShouldBeEmpty();
    }

    [Fact]
    public void Message_ThatArrivesAfterNewerTyping_DoesNotEndIt()
    {
        Apply(Typed(at: 2, sequence: 1));
        _state = _state.Apply(Given.Message(1));

        Users().ShouldBe([Given.Stan.Id]);
    }

    [Fact]
    public void Message_OfAnotherUser_DoesNotEndTheIndicator()
    {
        Apply(Typed(at: 0));
        _state = _state.Apply(Given.Message(1) with { SenderId = Given.Ines.Id });

        Users().ShouldBe([Given.Stan.Id]);
    }

    [Fact]
    public void Joined_WithATypist_ShowsThem()
    {
        _state = _state.Apply(Joined(Given.Stan.Id));

        Users().ShouldBe([Given.Stan.Id]);
        _state.NextExpiry.ShouldBe(Given.Noon.AddSeconds(4));
    }

    [Fact]
    public void Joined_WithoutAKnownTypist_EndsTheIndicator()
    {
        Apply(Typed(at: -1));

        _state = _state.Apply(Joined());

        Users().ShouldBeEmpty();
    }

    [Fact]
    public void Joined_OlderThanALiveEvent_DoesNotReplaceIt()
    {
        Apply(Typed(at: 1));
        _state = _state.Apply(Joined());
        Users().ShouldBe([Given.Stan.Id]);

        Apply(Typed(at: 2, isTyping: false));
        _state = _state.Apply(Joined(Given.Stan.Id));
        Users().ShouldBeEmpty();
    }

    [Fact]
    public void Joined_OfAServerWithoutTyping_ChangesNothing()
    {
        Apply(Typed(at: -1));

        _state = _state.Apply(Given.Numbers(0));

        Users().ShouldBe([Given.Stan.Id]);
    }

    [Fact]
    public void Changes_InEveryOrder_HaveTheSameResult()
    {
        Func<TypingState, TypingState>[] changes =
        [
            state => state.Apply(Typed(at: 0, sequence: 0)),
            state => state.Apply(Given.Message(1)),
            state => state.Apply(Typed(at: 2, sequence: 1)),
            state => state.Apply(Typed(at: 3, sequence: 1, isTyping: false)),
            state => state.Apply(Typed(at: 3.5, sequence: 1)),
        ];

        var orders = Orders(changes.Length).ToList();
        foreach (var order in orders)
            order.Aggregate(TypingState.Empty, (state, index) => changes[index](state)).UsersIn(Given.ConversationId).ShouldBe([Given.Stan.Id]);
        orders.Count.ShouldBe(120);
    }

    [Fact]
    public void ChangedSince_AfterChanges_NamesTheConversations()
    {
        var before = _state;
        Apply(Typed(at: 0));
        var typing = _state;
        Apply(Typed(at: 1));

        typing.ChangedSince(before).ShouldBe([Given.ConversationId]);
        _state.ChangedSince(typing).ShouldBeEmpty();
        _state.Expire(Given.Noon.AddMinutes(1)).ChangedSince(_state).ShouldBe([Given.ConversationId]);
        _state.UsersIn(Given.IdOf(1)).ShouldBeEmpty();
    }

    private static IEnumerable<IReadOnlyList<int>> Orders(int count) =>
        count == 0
            ? [[]]
            : Orders(count - 1).SelectMany(order =>
                Enumerable.Range(0, count).Select(IReadOnlyList<int> (place) => [.. order.Take(place), count - 1, .. order.Skip(place)]));

    private static TypingEvent Typed(double at, long sequence = 0, bool isTyping = true) =>
        new(Given.ConversationId, Given.Stan.Id, isTyping, Given.Noon.AddSeconds(at + 6), sequence, Revision: sequence);

    private static JoinedConversation Joined(params Guid[] typing) => Given.Numbers(0) with
    {
        Typing = [.. typing.Select(userId => new TypingUser(userId, Given.Noon.AddSeconds(4)))],
    };

    private void Apply(TypingEvent typed) => _state = _state.Apply(typed);

    private IReadOnlyList<Guid> Users() => _state.UsersIn(Given.ConversationId);
}
