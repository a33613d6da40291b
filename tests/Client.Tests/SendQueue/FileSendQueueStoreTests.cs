namespace CleanMessaging.Client.Tests.SendQueue;

public sealed class FileSendQueueStoreTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    private readonly FileSendQueueStore _store;

    public FileSendQueueStoreTests() => _store = new FileSendQueueStore(_folder);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Load_OfWhatWasSaved_IsTheSameInAnotherProcess()
    {
        var waiting = Message(1) with { ExpirationHours = 24, MaxPoints = 10, ReplyToSequence = 7, Content = "Grüße, \ud83d\ude00 \"und\" \n</script>" };
        var rejected = Message(2) with { Failure = new SendFailure("payment.consent_required", "It costs more.", 10, 5, Given.Noon) };
        await _store.SaveAsync(waiting, Cancellation);
        await _store.SaveAsync(rejected, Cancellation);

        var loaded = await new FileSendQueueStore(_folder).LoadAsync(Given.Ines.Id, Cancellation);

        loaded.OrderBy(message => message.QueuedAt).ShouldBe([waiting, rejected]);
    }

    [Fact]
    public async Task Load_FromAFolderThatIsNotThere_IsEmpty() => (await _store.LoadAsync(Given.Ines.Id, Cancellation)).ShouldBeEmpty();

    [Fact]
    public async Task Load_OfAnotherUsersMessages_PassesThemOver()
    {
        await _store.SaveAsync(Message(1), Cancellation);
        await _store.SaveAsync(Message(2) with { SenderId = Given.Stan.Id }, Cancellation);

        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).ShouldHaveSingleItem().ShouldBe(Message(1));
        (await _store.LoadAsync(Given.Stan.Id, Cancellation)).ShouldHaveSingleItem().SenderId.ShouldBe(Given.Stan.Id);
    }

    [Fact]
    public async Task Load_OfAFileOfAnEarlierVersion_ReadsAllMembers()
    {
        var rejected = Message(1) with
        {
            ExpirationHours = 24,
            MaxPoints = 10,
            Failure = new SendFailure("wallet.insufficient_balance", "Too few points.", 10, 5, Given.Noon),
        };
        Directory.CreateDirectory(_folder);
        await File.WriteAllTextAsync(
            Path.Combine(_folder, $"{rejected.ClientMessageId}.json"),
            $$"""
            {
              "clientMessageId": "{{rejected.ClientMessageId}}", "senderId": "{{Given.Ines.Id}}", "conversationId": "{{Given.ConversationId}}",
              "content": "Message 1", "expirationHours": 24, "maxPoints": 10, "queuedAt": "{{rejected.QueuedAt:O}}",
              "failure": {
                "code": "wallet.insufficient_balance", "message": "Too few points.", "price": 10, "balance": 5, "resetsAt": "{{Given.Noon:O}}"
              }
            }
            """,
            Cancellation);

        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).ShouldHaveSingleItem().ShouldBe(rejected);
    }

    [Theory]
    [InlineData(".json")]
    [InlineData(".new")]
    public async Task Load_WithAFileThatWasWrittenHalf_PassesItOver(string extension)
    {
        await _store.SaveAsync(Message(1), Cancellation);
        var whole = await File.ReadAllTextAsync(Path.Combine(_folder, $"{Message(1).ClientMessageId}.json"), Cancellation);
        for (var length = 0; length < whole.Length; length += 40)
        {
            await File.WriteAllTextAsync(
                Path.Combine(_folder, $"{Message(2).ClientMessageId}-{length}{extension}"), whole[..length], Cancellation);
        }

        await File.WriteAllTextAsync(Path.Combine(_folder, $"something else{extension}"), "[1, 2]", Cancellation);

        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).ShouldHaveSingleItem().ShouldBe(Message(1));
    }

    [Fact]
    public async Task Load_AfterTheMachineStoppedBetweenWritingAndPlacing_TakesWhatWasWrittenLast()
    {
        await _store.SaveAsync(Message(1), Cancellation);
        var file = Path.Combine(_folder, $"{Message(1).ClientMessageId}.json");
        var before = await File.ReadAllTextAsync(file, Cancellation);
        var rejected = Message(1) with { Failure = new SendFailure("conversation.not_found", "There is no such conversation.") };
        await _store.SaveAsync(rejected, Cancellation);
        File.Move(file, Path.ChangeExtension(file, ".new"));
        await File.WriteAllTextAsync(file, before, Cancellation);

        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).ShouldHaveSingleItem().ShouldBe(rejected);

        await _store.RemoveAsync(rejected.ClientMessageId, Cancellation);
        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Save_OfTheSameId_ReplacesIt()
    {
        await _store.SaveAsync(Message(1), Cancellation);
        var again = Message(1) with { MaxPoints = 10 };

        await _store.SaveAsync(again, Cancellation);

        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).ShouldHaveSingleItem().ShouldBe(again);
        Directory.EnumerateFiles(_folder).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Remove_OfOneThatIsThereOrNot_LeavesTheOthers()
    {
        await _store.RemoveAsync(Message(1).ClientMessageId, Cancellation);
        await _store.SaveAsync(Message(1), Cancellation);
        await _store.SaveAsync(Message(2), Cancellation);

        await _store.RemoveAsync(Message(1).ClientMessageId, Cancellation);
        await _store.RemoveAsync(Message(1).ClientMessageId, Cancellation);

        (await _store.LoadAsync(Given.Ines.Id, Cancellation)).ShouldHaveSingleItem().ShouldBe(Message(2));
    }

    [Fact]
    public async Task Save_OnASystemWithUsers_IsReadableByThisOneOnly()
    {
        await _store.SaveAsync(Message(1), Cancellation);

        if (OperatingSystem.IsWindows())
            Assert.Skip("Windows gives a user's folders to the user anyway.");
        else
            File.GetUnixFileMode(_folder).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static QueuedMessage Message(int number) =>
        new(
            Given.IdOf(number),
            Given.Ines.Id,
            Given.ConversationId,
            $"Message {number}",
            null,
            null,
            Given.Noon.AddSeconds(number),
            Failure: null);
}
