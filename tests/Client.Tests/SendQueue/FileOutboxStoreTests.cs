namespace CleanMessaging.Client.Tests.SendQueue;

public sealed class FileOutboxStoreTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    private readonly FileOutboxStore _store;

    public FileOutboxStoreTests() => _store = new FileOutboxStore(_folder);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Load_OfWhatWasSaved_IsTheSameInAnotherProcess()
    {
        var waiting = Message(1) with { ExpirationHours = 24, MaxPoints = 10, Content = "Grüße, \ud83d\ude00 \"und\" \n</script>" };
        var rejected = Message(2) with { Failure = new SendFailure("payment.consent_required", "It costs more.", 10, 5, Given.Noon) };
        await _store.SaveAsync(waiting, Cancellation);
        await _store.SaveAsync(rejected, Cancellation);

        var loaded = await new FileOutboxStore(_folder).LoadAsync(Given.Ines.Id, Cancellation);

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
    public async Task Save_OnASystemThatKnowsUsers_IsForThisOneAlone()
    {
        await _store.SaveAsync(Message(1), Cancellation);

        if (OperatingSystem.IsWindows())
            Assert.Skip("Windows gives a user's folders to the user anyway.");
        else
            File.GetUnixFileMode(_folder).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static OutboxMessage Message(int number) =>
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
