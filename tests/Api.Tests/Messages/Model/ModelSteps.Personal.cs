using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Messages.Model;

/// <content>What users do with a conversation for themselves.</content>
internal sealed partial class ModelSteps
{
    private async Task<bool> HideAsync()
    {
        var messages = PickMessages();
        if (messages.Count == 0)
            return false;

        Write($"hides {Numbers(messages)}");
        var answer = await PostAsync("/api/messages/hide", new { conversationId = _conversation.Id, messageIds = messages.Select(one => one.Id) });
        var hidden = Self.Hide(messages);

        return Check(
            answer,
            error: null,
            Description.Join(hidden, Self.PersonalRevision),
            data => Description.Values(data, "hidden", "personalRevision"));
    }

    private async Task<bool> ClearAsync()
    {
        var through = PickSequence();
        Write($"clears through #{through}");
        Self.Clear(through, _conversation.LastSequence);

        return CheckPersonal(await PostAsync($"{Path}/clear", new { throughSequence = through }));
    }

    private async Task<bool> DeleteConversationAsync()
    {
        var through = PickSequence();
        Write($"deletes the conversation through #{through}");
        Self.Delete(through, _conversation.LastSequence);

        return CheckPersonal(await PostAsync($"{Path}/delete", new { throughSequence = through }));
    }

    private async Task<bool> ArchiveAsync()
    {
        var (through, forever) = (PickSequence(), _run.Chance(25));
        Write($"archives through #{through}, forever {forever}");
        Self.Archive(through, forever, _conversation.LastSequence);

        return CheckPersonal(await (await _device.UserAsync()).PutAsync($"{Path}/archive", new { throughSequence = through, forever }));
    }

    private async Task<bool> UnarchiveAsync()
    {
        Write("unarchives");
        Self.Unarchive();

        return CheckPersonal(await (await _device.UserAsync()).DeleteAsync($"{Path}/archive"));
    }

    private async Task<bool> MuteAsync()
    {
        DateTimeOffset? until = _run.Chance(40) ? null : Now.AddMinutes(_run.Random.Next(-2, 90));
        Write($"mutes until {Description.Join(until)}");
        var error = Self.Mute(until, Now);
        var answer = await (await _device.UserAsync()).PutAsync($"{Path}/mute", until is null ? new { } : (object)new { until });

        return CheckPersonal(answer, error);
    }

    private async Task<bool> UnmuteAsync()
    {
        Write("unmutes");
        Self.Unmute();

        return CheckPersonal(await (await _device.UserAsync()).DeleteAsync($"{Path}/mute"));
    }

    private async Task<bool> PinAsync()
    {
        Write("pins");
        Self.Pin(Now);

        return CheckPersonal(await (await _device.UserAsync()).PutAsync($"{Path}/pin"));
    }

    private async Task<bool> UnpinAsync()
    {
        Write("unpins");
        Self.Unpin();

        return CheckPersonal(await (await _device.UserAsync()).DeleteAsync($"{Path}/pin"));
    }

    private bool CheckPersonal(Answer answer, string? error = null) =>
        Check(answer, error, Description.OfPersonal(Self, _conversation.LastSequence), Description.OfPersonal);

    /// <summary>Returns a message, mostly one that the user sees, and often one of the newest. Returns null if there is none.</summary>
    /// <param name="ownPercent">How often it is one of the user, if there is one.</param>
    private PlainMessage? PickMessage(int ownPercent)
    {
        var visible = _conversation.VisibleTo(Self, Now);
        var all = visible.Count > 0 && _run.Chance(80) ? visible : _conversation.Messages;
        var own = all.FindAll(one => one.SenderId == _user.Id);
        var from = own.Count > 0 && _run.Chance(ownPercent) ? own : all;
        if (_run.Chance(60))
            from = [.. from.TakeLast(4)];

        return from.Count > 0 ? _run.Pick(from) : null;
    }

    /// <summary>Returns up to three different messages, in any order.</summary>
    private List<PlainMessage> PickMessages() =>
        [.. Enumerable.Range(0, _run.Random.Next(1, 4)).Select(_ => PickMessage(ownPercent: 30)).OfType<PlainMessage>().Distinct()];

    /// <summary>Returns the sequence up to which a user has seen a conversation: often the newest one, sometimes an earlier one or one that does not exist.</summary>
    private long PickSequence() => _run.Random.Next(10) switch
    {
        < 3 => _conversation.LastSequence,
        < 9 => _run.Random.NextInt64(_conversation.LastSequence + 1),
        _ => _conversation.LastSequence + 2,
    };

    private static string Numbers(IEnumerable<PlainMessage> messages) => string.Join(", ", messages.Select(one => $"#{one.Sequence}"));
}
