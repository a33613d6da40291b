using CleanMessaging.Client;

var address = args.ElementAtOrDefault(1) ?? "http://localhost:5080";
if (args is not [var email, ..] || !email.Contains('@') || !Uri.TryCreate(address, UriKind.Absolute, out var server))
{
    Console.Error.WriteLine("Usage: Console <e-mail> [server]. E-mail: investor@example.com or startup@example.com. Server: http://localhost:5080 by default.");
    return 1;
}

using var client = new MessagingClient(server);
User me;
try
{
    me = await client.Accounts.LogInAsync(email, Environment.GetEnvironmentVariable("DEMO_PASSWORD") ?? "demo-password-1");
}
catch (MessagingException rejection)
{
    Console.Error.WriteLine($"Cannot log in at {server}: {rejection.Message}");
    return 1;
}

// Unsent messages survive this process; the next run sends them.
var store = new FileSendQueueStore(
    Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "CleanMessaging", "console"));
await using var session = await MessagingSession.OpenAsync(client, store);
session.Changed += change => Console.Write(Describe(change));
var conversation = (await client.Conversations.ListAsync(limit: 1)).Items is [var latest, ..]
    ? latest
    : (await client.Conversations.StartAsync((await client.Users.FindAsync()).Items[0].Id)).Conversation;
await using var timeline = session.Open(conversation.Id);
await timeline.WaitUntilLoadedAsync();
Console.Write(string.Concat(timeline.Messages.Select(Line)));
Console.WriteLine($"You talk to {conversation.OtherThan(me.Id).DisplayName}. /24h TEXT expires in 24 hours, /reply TEXT answers the other's last "
    + "message, /react 👍 reacts to it, /edit TEXT and /delete change your last message, /pay sends an unsent one for points, /drop discards it.");

while (await Console.In.ReadLineAsync() is { } text)
{
    var rejected = session.Unsent.Concat(session.UnsentChanges).FirstOrDefault(message => message.Failure is not null);
    var newestOwn = timeline.Messages.LastOrDefault(message => message.SenderId == me.Id);
    var newestOther = timeline.Messages.LastOrDefault(message => message.SenderId != me.Id);
    if (text == "/pay" && rejected is { Failure.Price: { } price })
        await session.RetryAsync(rejected.ClientMessageId, price);
    else if (text == "/drop" && rejected is not null)
        await session.DiscardAsync(rejected.ClientMessageId);
    else if (text.Split(' ', 2) is (["/edit", _] or ["/delete"]) and var words && newestOwn is { } own)
        await (words is [_, var better] ? timeline.EditAsync(own, better) : timeline.DeleteMessageAsync(own));
    else if (text.Split(' ', 2) is ["/react", var emoji] && newestOther is not null)
        await timeline.ReactAsync(newestOther, emoji);
    else if (text.Split(' ', 2) is ["/reply", var reply] && newestOther is not null)
        await timeline.SendAsync(reply, maxPoints: 0, replyToSequence: newestOther.Sequence);
    else if (text.Split(' ', 2) is [['/', .. var hours, 'h'], var vanishing] && int.TryParse(hours, out var lifetime))
        await timeline.SendAsync(vanishing, lifetime, maxPoints: 0);
    else if (text is not ("" or "/pay" or "/drop" or "/edit" or "/delete" or "/react" or "/reply"))
        await timeline.SendAsync(text, maxPoints: 0);
    // A user who presses Enter has seen the messages above.
    await timeline.MarkReadAsync();
}

// At the end of the input, sends all typed messages before it exits.
await session.WaitUntilSentAsync();

return 0;

string Line(Message message) =>
    $"{message.CreatedAt.LocalDateTime:t} {(message.SenderId == me.Id ? "you" : "  >")} {(message.ReplyToSequence > 0 ? "(reply) " : "")}"
    + message.Content + (message.ExpiresAt is { } end ? $" (until {end.LocalDateTime:g})\n" : "\n");

string Describe(SessionChange change) => change switch
{
    MessageAdded { Message: var message } => Line(message),
    ReactionChanged { Emoji: { } reaction, Message: var reacted } => $"        {reaction} {Line(reacted)}",
    MessageChanged { Message: { EditedAt: { } at } edited } when at == edited.UpdatedAt => $"edited: {Line(edited)}",
    MessageDeleted or MessageExpired => "        a message was deleted or has disappeared\n",
    ReadAdvanced { UserId: var reader } when reader != me.Id => "        read\n",
    SendQueueChanged { State: QueuedMessageState.Failed, Message: { Failure: { } failure } message } =>
        $"        not sent: {message.Change?.Reaction?.Emoji ?? message.Change?.Content ?? message.Content} ({failure.Message}{(failure.Balance is { } balance ? $" You have {balance}." : "")})\n",
    ConnectionChanged { State: var state } => $"        {state}\n",
    _ => "",
};
