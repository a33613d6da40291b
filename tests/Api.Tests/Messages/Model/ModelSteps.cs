using System.Net;
using System.Text.Json;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Messages.Model;

/// <summary>Random steps, each taken by the server and by the plain model. The response must be the one that the model predicts.</summary>
internal sealed partial class ModelSteps
{
    private readonly ModelRun _run;
    private readonly List<(string Kind, int Weight, Func<Task<bool>> TakeAsync)> _kinds;
    private readonly Dictionary<string, int> _accepted = [];
    private readonly List<(PlainConversation Conversation, PlainMessage Message)> _withKey = [];

    private PlainConversation _conversation;
    private ModelUser _user;
    private Device _device;
    private int _texts;

    public ModelSteps(ModelRun run)
    {
        _run = run;
        (_conversation, _user, _device) = (run.Conversations[0], run.Users[0], run.Users[0].Devices[0]);
        _kinds =
        [
            ("send", 34, SendAsync), ("retry", 6, RetryAsync), ("edit", 11, EditAsync), ("delete", 7, DeleteAsync), ("react", 9, () => ReactAsync(isSet: true)),
            ("unreact", 4, () => ReactAsync(isSet: false)), ("expire sooner", 5, ExpireSoonerAsync), ("default expiry", 4, SetDefaultAsync), ("read", 7, MarkReadAsync),
            ("wait", 9, WaitAsync), ("hide", 5, HideAsync), ("clear", 2, ClearAsync), ("delete conversation", 2, DeleteConversationAsync), ("archive", 4, ArchiveAsync),
            ("unarchive", 2, UnarchiveAsync), ("mute", 3, MuteAsync), ("unmute", 2, UnmuteAsync), ("pin", 3, PinAsync), ("unpin", 2, UnpinAsync),
        ];
    }

    /// <summary>All kinds of steps.</summary>
    public IEnumerable<string> Kinds => _kinds.Select(one => one.Kind);

    private PlainParticipant Self => _conversation.Of(_user.Id);

    private DateTimeOffset Now => _run.Now;

    private string Path => $"/api/conversations/{_conversation.Id}";

    /// <summary>Takes a step. Returns its kind if the server accepted it; null if it was rejected, or if there was nothing to do.</summary>
    public async Task<string?> TakeAsync()
    {
        _run.SetClock(Now + TimeSpan.FromMilliseconds(_run.Random.Next(3) * _run.Random.Next(20_000)));
        foreach (var listener in _run.Listeners)
            await listener.FollowAsync();
        _conversation = _run.Chance(85) ? _run.Conversations[0] : _run.Conversations[1];
        _user = _run.UserOf(_run.Pick(_conversation.Participants).UserId);
        _device = _run.Pick(_user.Devices);
        var (kind, _, takeAsync) = _run.Chance(20) ? _kinds.MinBy(one => _accepted.GetValueOrDefault(one.Kind)) : PickKind();
        if (!await takeAsync())
            return null;

        _accepted[kind] = _accepted.GetValueOrDefault(kind) + 1;

        return kind;
    }

    private (string Kind, int Weight, Func<Task<bool>> TakeAsync) PickKind()
    {
        var place = _run.Random.Next(_kinds.Sum(kind => kind.Weight));

        return _kinds.First(kind => (place -= kind.Weight) < 0);
    }

    private async Task<bool> SendAsync()
    {
        var send = new PlainSend(
            $"Text number {++_texts}",
            _run.Chance(30) ? _run.Pick([1, 2, 5, 24]) : null,
            Never: false,
            _run.Chance(35) ? _run.Random.NextInt64(1, _conversation.LastSequence + 2) : null,
            _run.Chance(60) ? NewKey() : null);
        if (send.Hours is null && _run.Chance(15))
            send = send with { Never = true };

        Write($"sends {send}");
        var (error, message) = _conversation.Send(_user.Id, send, Now);
        var answer = await PostSendAsync(send);
        if (message is null)
            return Check(answer, error, "", OfData);

        answer.Expect(HttpStatusCode.Created);
        message.Id = answer.Id();
        if (send.ClientMessageId is not null)
            _withKey.Add((_conversation, message));

        return Check(answer, error, Description.OfSent(message), Description.OfMessage);
    }

    private async Task<bool> RetryAsync()
    {
        if (_withKey.Count == 0)
            return false;

        var (conversation, message) = _run.Pick(_withKey);
        _user = _run.UserOf(message.SenderId);
        _device = _run.Pick(_user.Devices);
        _conversation = _user.Name == "Ann" && _run.Chance(10) ? _run.Pick(_run.Conversations) : conversation;
        var send = _run.Random.Next(8) switch
        {
            0 => message.Sent with { Content = "Another text" },
            1 => message.Sent with { Hours = 3, Never = false },
            2 => message.Sent with { Hours = null, Never = !message.Sent.Never },
            3 => message.Sent with { ReplyTo = message.Sent.ReplyTo is null ? 1 : null },
            _ => message.Sent,
        };
        Write($"retries #{message.Sequence} with {send}");
        var error = conversation.Repeat(message, _conversation.Id, send);
        var answer = await PostSendAsync(send);
        if (error is null)
            answer.Expect(HttpStatusCode.OK).Header("Idempotency-Replayed").ShouldBe("true");

        var hasText = message.DeletedAt is null && !message.IsExpired(Now);

        return Check(answer, error, Description.OfSent(message, hasText), Description.OfMessage);
    }

    private async Task<bool> EditAsync()
    {
        if (PickMessage(ownPercent: 85) is not { } message)
            return false;

        var version = Math.Max(0, message.Version + (_run.Chance(75) ? 0 : _run.Pick([-1, -1, 1])));
        var content = _run.Chance(25) && message.Content is not null ? message.Content : $"Edited text {++_texts}";
        Write($"edits #{message.Sequence} of version {version} to '{content}'");
        var answer = await (await _device.UserAsync()).EditAsync(message.Id, content, version);
        var error = _conversation.Edit(_user.Id, message, content, version, Now);

        return Check(answer, error, Description.OfMessage(_conversation, message), Description.OfMessage);
    }

    private async Task<bool> DeleteAsync()
    {
        if (PickMessage(ownPercent: 85) is not { } message)
            return false;

        Write($"deletes #{message.Sequence}");
        var answer = await (await _device.UserAsync()).DeleteMessageAsync(message.Id);
        var error = _conversation.Delete(_user.Id, message, Now);

        return Check(answer, error, Description.OfTombstone(message), Description.OfTombstone);
    }

    private async Task<bool> ReactAsync(bool isSet)
    {
        if (PickMessage(ownPercent: 30) is not { } message)
            return false;

        var emoji = isSet ? _run.Pick(["👍", "👎", "❤", "❤\uFE0F"]) : null;
        Write($"reacts to #{message.Sequence} with {emoji ?? "nothing"}");
        var user = await _device.UserAsync();
        var answer = await (emoji is null ? user.UnreactAsync(message.Id) : user.ReactAsync(message.Id, emoji));
        var error = _conversation.React(_user.Id, message, emoji, Now);

        return Check(answer, error, Description.OfMessage(_conversation, message), Description.OfMessage);
    }

    private async Task<bool> ExpireSoonerAsync()
    {
        if (PickMessage(ownPercent: 85) is not { } message)
            return false;

        var hours = _run.Pick([1, 2, 4]);
        Write($"lets #{message.Sequence} expire in {hours} hours");
        var answer = await (await _device.UserAsync()).ExpireSoonerAsync(message.Id, hours);
        var error = _conversation.ExpireSooner(_user.Id, message, hours, Now);

        return Check(answer, error, Description.OfMessage(_conversation, message), Description.OfMessage);
    }

    private async Task<bool> SetDefaultAsync()
    {
        int? hours = _run.Chance(40) ? null : _run.Pick([1, 3]);
        Write($"sets the default expiration to {hours}");
        _conversation.SetDefault(_user.Id, hours);

        return Check(
            await (await _device.UserAsync()).SetExpirationAsync(_conversation.Id, hours),
            error: null,
            Description.OfConversation(_conversation, Self, Now),
            Description.OfConversation);
    }

    private async Task<bool> MarkReadAsync()
    {
        var messages = _run.Chance(50) ? PickMessages() : [];
        Write(messages.Count == 0 ? "reads everything" : $"reads {Numbers(messages)}");
        var answer = await PostAsync(
            "/api/messages/read",
            messages.Count == 0
                ? new { conversationId = _conversation.Id }
                : (object)new { conversationId = _conversation.Id, messageIds = messages.Select(one => one.Id) });
        var marked = _conversation.MarkRead(_user.Id, messages.Count == 0 ? _conversation.LastSequence : messages.Max(one => one.Sequence), Now);

        return Check(
            answer,
            error: null,
            Description.Join(marked, Self.LastRead),
            data => Description.Values(data, "messagesMarked", "lastReadSequence"));
    }

    /// <summary>Moves the clock: by any time, or to the very instant at which a message expires.</summary>
    private Task<bool> WaitAsync()
    {
        var instants = _run.Conversations.SelectMany(one => one.Messages).Select(one => one.ExpiresAt).OfType<DateTimeOffset>()
            .Where(at => (at - Now).Duration() < TimeSpan.FromHours(6))
            .ToList();
        var to = _run.Random.Next(8) switch
        {
            < 4 when instants.Count > 0 => _run.Pick(instants).AddMicroseconds(_run.Random.Next(-1, 2)),
            < 6 => Now.AddMinutes(_run.Random.Next(60)),
            6 => Now.AddMinutes(-_run.Random.Next(150)),
            _ => Now.AddHours(_run.Random.Next(_run.Chance(20) ? 60 : 4)),
        };
        Write($"sets the clock to {Description.Join(to)}");
        _run.SetClock(to);

        return Task.FromResult(true);
    }

    private async Task<Answer> PostSendAsync(PlainSend send)
    {
        var body = new Dictionary<string, object?> { ["conversationId"] = _conversation.Id, ["content"] = send.Content };
        foreach (var (name, value) in new (string, object?)[]
                 { ("expirationHours", send.Hours), ("neverExpires", send.Never ? true : null), ("replyToSequence", send.ReplyTo), ("clientMessageId", send.ClientMessageId) })
        {
            if (value is not null)
                body[name] = value;
        }

        return await PostAsync("/api/messages/send", body);
    }

    private async Task<Answer> PostAsync(string path, object body) => await (await _device.UserAsync()).PostAsync(path, body);

    /// <summary>Compares a response with the prediction. Returns whether the server accepted the step.</summary>
    private static bool Check(Answer answer, string? error, string expected, Func<JsonElement, string> describe)
    {
        var code = answer.Body.TryGetProperty("code", out var given) ? given.GetString() : null;
        code.ShouldBe(error, answer.Text);
        if (error is null)
            describe(answer.Data).ShouldBe(expected, answer.Text);

        return error is null;
    }

    private static string OfData(JsonElement data) => data.GetRawText();

    private void Write(string step) => _run.Write($"{_device.Name} in {(_conversation == _run.Conversations[0] ? 1 : 2)} {step}");

    private Guid NewKey()
    {
        var bytes = new byte[16];
        _run.Random.NextBytes(bytes);

        return new Guid(bytes);
    }
}
