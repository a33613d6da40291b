using System.Net;
using System.Text.RegularExpressions;

namespace CleanMessaging.Web.Tests.Files;

/// <summary>Tests how a user records a voice message, and what becomes of the recording.</summary>
public sealed class RecordVoiceTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task RecordVoiceMessage_WithAPauseAndACaption_IsHeardByTheOther()
    {
        var scene = await MeetAsync();
        var (sender, receiver) = (scene.Investor, scene.Startup);
        await sender.WatchMicrophoneAsync();

        await sender.StartRecordingAsync();
        await Expect(sender.Announced()).ToHaveTextAsync("Recording");
        await Expect(sender.Recording()).ToContainTextAsync("0:01");
        await sender.Button("Pause recording").ClickAsync();
        await Expect(sender.Recording()).ToContainTextAsync("Paused");
        await sender.SkipAsync(60);
        await sender.Button("Continue recording").ClickAsync();
        await Expect(sender.Recording()).ToContainTextAsync("0:02");
        await sender.StopRecordingAsync();
        await Expect(sender.Announced()).ToHaveTextAsync(new Regex("^Recorded, 0:0[2-9]$"));
        (await sender.MicrophonesAsync()).ShouldBe(0);

        await Expect(sender.Tray().PlayButton()).ToBeFocusedAsync();
        await sender.Tray().PlayButton().PressAsync("Enter");
        await Expect(sender.Tray().PauseButton()).ToBeVisibleAsync();
        await sender.SendAsync("What I mean");
        await Expect(sender.SentMark("What I mean")).ToBeAttachedAsync();
        await Expect(sender.Tray()).ToHaveCountAsync(0);

        var received = receiver.Message("What I mean");
        await Expect(received).ToContainTextAsync("Not played yet");
        await received.PlayButton().ClickAsync();
        await Expect(received.PauseButton()).ToBeVisibleAsync();
        await Expect(received).Not.ToContainTextAsync("Not played yet");
        await Expect(sender.Message("What I mean").GetByText("Played", new() { Exact = true })).ToBeVisibleAsync();
        var voice = (await scene.StartupUser.GetAsync($"/api/messages?conversationId={scene.ConversationId}"))
            .Expect(HttpStatusCode.OK).Data[0].GetProperty("attachments")[0];
        var waveform = voice.GetProperty("waveform").EnumerateArray().Select(bar => bar.GetInt32()).ToList();
        voice.GetProperty("durationMs").GetInt32().ShouldBeInRange(2000, 30_000);
        waveform.Count.ShouldBe(60);
        waveform.Max().ShouldBe(100, "The loudest bar has the full height.");
        waveform.Min().ShouldBeLessThan(20, "Between the beeps it is quiet.");
    }

    [Fact]
    public async Task SendMessage_WhileRecording_StopsAndSendsTheRecording()
    {
        var scene = await MeetAsync();
        var visitor = scene.Investor;
        await visitor.WatchMicrophoneAsync();
        var held = new TaskCompletionSource();
        await visitor.Page.RouteAsync("**/api/uploads/*", async route =>
        {
            await held.Task;
            await route.ContinueAsync();
        });
        await visitor.StartRecordingAsync();
        await Expect(visitor.Recording()).ToContainTextAsync("0:01");

        await visitor.SendAsync("Listen");

        await Expect(visitor.MessageField).ToHaveAccessibleDescriptionAsync(new Regex("^Sends when the recording is uploaded"));
        (await visitor.MicrophonesAsync()).ShouldBe(0);
        await visitor.AddFilesAsync(("numbers.csv", "text/csv", [1, 2, 3]));
        await Expect(visitor.Alert.Filter(new() { HasText = "A voice message is sent by itself." })).ToBeVisibleAsync();
        held.SetResult();
        await Expect(scene.Startup.Message("Listen").PlayButton()).ToBeVisibleAsync();
        await Expect(visitor.Log.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task DiscardRecording_WithEscape_AsksOnlyIfItIsLong()
    {
        var (visitor, _) = await OpenAsync();
        await visitor.StartRecordingAsync();
        await visitor.Page.Keyboard.PressAsync("Escape");
        await Expect(visitor.Recording()).ToHaveCountAsync(0);
        await Expect(visitor.Announced()).ToHaveTextAsync("The recording was discarded.");
        await Expect(visitor.Button("Record a voice message")).ToBeFocusedAsync();
        (await visitor.MicrophonesAsync()).ShouldBe(0);

        await visitor.StartRecordingAsync();
        await visitor.SkipAsync(20);
        await Expect(visitor.Recording()).ToContainTextAsync("0:2");
        await visitor.Page.Keyboard.PressAsync("Escape");
        var question = visitor.Dialog("Discard the recording?");
        await Expect(question).ToContainTextAsync("It is 0:2");
        await visitor.Page.Keyboard.PressAsync("Escape");
        await Expect(question).ToHaveCountAsync(0);
        await Expect(visitor.Recording()).ToContainTextAsync("Paused");
        await visitor.Button("Discard the recording").ClickAsync();
        await question.GetByRole(AriaRole.Button, new() { Name = "Discard", Exact = true }).ClickAsync();
        await Expect(visitor.Recording()).ToHaveCountAsync(0);
        await Expect(visitor.Button("Record a voice message")).ToBeFocusedAsync();

        await visitor.StartRecordingAsync();
        await visitor.SkipAsync(-60);
        await visitor.Button("Stop recording").ClickAsync();
        await Expect(visitor.Alert.Filter(new() { HasText = "The recording was too short, so it was discarded." })).ToBeVisibleAsync();
        await Expect(visitor.Tray()).ToHaveCountAsync(0);
        (await visitor.MicrophonesAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task StartRecording_WithoutAMicrophone_SaysWhy()
    {
        var (visitor, _) = await OpenAsync();
        foreach (var (error, said) in new[]
            {
                ("NotAllowedError", "The microphone is blocked."),
                ("NotFoundError", "There is no microphone."),
                ("NotReadableError", "The microphone cannot be used."),
            })
        {
            await visitor.FailMicrophoneAsync(error);
            await visitor.Button("Record a voice message").ClickAsync();
            await Expect(visitor.Alert.Filter(new() { HasText = said })).ToBeVisibleAsync();
            await Expect(visitor.Recording()).ToHaveCountAsync(0);
        }

        await visitor.FailMicrophoneAsync(null);
        await visitor.StartRecordingAsync();
        await Expect(visitor.Alert.Filter(new() { HasText = "microphone" })).ToHaveCountAsync(0);
        await visitor.AddFilesAsync(("numbers.csv", "text/csv", [1, 2, 3]));
        await Expect(visitor.Alert.Filter(new() { HasText = "A voice message is sent by itself. Send or discard it first." })).ToBeVisibleAsync();
        await visitor.Page.Keyboard.PressAsync("Escape");
        await visitor.AddFilesAsync(("numbers.csv", "text/csv", [1, 2, 3]));
        await visitor.ShouldBeReadyAsync("numbers.csv");
        await visitor.Button("Record a voice message").ClickAsync();
        await Expect(visitor.Alert.Filter(new() { HasText = "A voice message is sent by itself. Send or remove the files first." })).ToBeVisibleAsync();
        (await visitor.MicrophonesAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Record_UntilItEndsByItself_KeepsTheRecordingAndSaysWhy()
    {
        var (visitor, conversationId) = await OpenAsync();
        visitor.Allow("status of 422");
        var survey = new AxeSurvey(visitor);
        await visitor.StartRecordingAsync();
        await visitor.SkipAsync(570);
        await Expect(visitor.Announced()).ToHaveTextAsync("30 seconds left");
        await survey.LookAtAsync("a recording");
        await visitor.SkipAsync(30);
        await Expect(visitor.Page.GetByText("The recording has stopped, because a voice message can be at most 10 minutes long.")).ToBeVisibleAsync();
        (await visitor.MicrophonesAsync()).ShouldBe(0);

        // It has fewer bytes than 10 minutes of speech, which the server does not accept.
        await Expect(visitor.Tray()).ToContainTextAsync("The server cannot read this recording.");
        await survey.LookAtAsync("a recording that is not uploaded");
        await visitor.SendButton.ClickAsync();
        await Expect(visitor.Alert.Filter(new() { HasText = "The recording is not uploaded." })).ToBeVisibleAsync();
        await visitor.Button("Discard the recording").ClickAsync();
        await visitor.Dialog("Discard the recording?").GetByRole(AriaRole.Button, new() { Name = "Discard", Exact = true }).ClickAsync();
        await Expect(visitor.Tray()).ToHaveCountAsync(0);

        await visitor.StartRecordingAsync();
        await Expect(visitor.Recording()).ToContainTextAsync("0:01");
        await visitor.Page.EvaluateAsync("window.microphones.at(-1).stop()");
        await Expect(visitor.Alert.Filter(new() { HasText = "The microphone was disconnected." })).ToBeVisibleAsync();
        await Expect(visitor.Tray()).ToContainTextAsync("Ready to be sent");
        await survey.LookAtAsync("a recording that is ready");
        await visitor.SendButton.ClickAsync();
        await Expect(visitor.Players()).ToHaveCountAsync(1);
        await Expect(visitor.Log.GetByText("Sent", new() { Exact = true })).ToBeAttachedAsync();
        (await CountAsync(conversationId, "message_id IS NOT NULL")).ShouldBe(1);
        survey.ShouldHaveFoundNothing();
    }

    [Fact]
    public async Task LeaveConversation_WhileRecording_ReleasesTheMicrophoneAndKeepsTheRecording()
    {
        var (visitor, conversationId) = await OpenAsync();
        await visitor.StartRecordingAsync();
        await Expect(visitor.Recording()).ToContainTextAsync("0:01");

        await visitor.FollowAsync("Wallet");

        await Expect(visitor.Page.GetByText("The recording has stopped. It is kept with your draft.")).ToBeVisibleAsync();
        (await visitor.MicrophonesAsync()).ShouldBe(0);
        await visitor.FollowAsync("Messages");
        await Expect(visitor.Conversations).ToContainTextAsync("Voice message, 0:0");
        await visitor.Conversations.ClickAsync();
        await Expect(visitor.Tray().PlayButton()).ToBeVisibleAsync();
        await Expect(visitor.Tray()).ToContainTextAsync("Ready to be sent");

        // After a reload it comes from the server.
        await visitor.ReloadAsync();
        await visitor.Tray().PlayButton().ClickAsync();
        await Expect(visitor.Tray().PauseButton()).ToBeVisibleAsync();
        await visitor.FollowAsync("Account");
        await visitor.SignOutAsync();
        await Expect(visitor.Heading).ToHaveTextAsync("Sign in");
        (await CountAsync(conversationId, "encrypted_key IS NOT NULL")).ShouldBe(0);
    }

    [Fact]
    public async Task RecordVoiceMessages_InTwoTabs_KeepsBothAndSendsEachByItself()
    {
        var scene = await MeetAsync();
        var here = scene.Investor;
        var there = await here.OpenTabAsync();
        await there.OpenAsync(scene.ConversationId);
        await there.WatchMicrophoneAsync();
        await here.WatchMicrophoneAsync();
        await there.StartRecordingAsync();
        await here.TurnToAsync();
        await here.StartRecordingAsync();
        await Expect(here.Recording()).ToContainTextAsync("0:01");

        await here.StopRecordingAsync();
        (await there.MicrophonesAsync()).ShouldBe(1);
        await there.TurnToAsync();
        await Expect(there.Recording()).ToContainTextAsync("Recording");
        await Expect(there.Tray()).ToHaveCountAsync(1);
        await there.Button("Stop recording").ClickAsync();
        await Expect(there.Tray().GetByText("Ready to be sent")).ToHaveCountAsync(2);
        await Expect(there.MessageField).ToHaveAccessibleDescriptionAsync(new Regex("^Sends 2 messages"));
        await there.SendAsync("Two of them");

        await Expect(scene.Startup.Players()).ToHaveCountAsync(2);
        await Expect(scene.Startup.Message("Two of them")).ToHaveCountAsync(1);
        await here.TurnToAsync();
        await Expect(here.Tray()).ToHaveCountAsync(0);
    }

    [LongFact]
    public async Task ListenToARecording_ThatTheBrowserDoesNotPlayBeforeItIsSent_SaysSo()
    {
        var (visitor, _) = await OpenAsync();
        visitor.Allow("blob:");
        var held = new TaskCompletionSource();
        await visitor.Page.RouteAsync("**/api/uploads/*", async route =>
        {
            await held.Task;
            await route.ContinueAsync();
        });
        await visitor.Page.EvaluateAsync("() => { URL.createObjectURL = () => 'blob:nothing'; }");
        await visitor.StartRecordingAsync();
        await Expect(visitor.Recording()).ToContainTextAsync("0:01");
        await visitor.Button("Stop recording").ClickAsync();

        await visitor.Tray().PlayButton().ClickAsync();
        await Expect(visitor.Tray()).ToContainTextAsync("This browser cannot play the recording before it is uploaded.");
        held.SetResult();
        await Expect(visitor.Tray()).ToContainTextAsync("Ready to be sent");
        await visitor.Tray().PlayButton().ClickAsync();

        await Expect(visitor.Tray().PauseButton()).ToBeVisibleAsync();
    }

    [Fact]
    public async Task ShowComposer_OfAServerWithoutAttachments_OffersNone()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        var rules = new
        {
            editWindowSeconds = 900,
            editsMax = 10,
            editHistoryVisible = true,
            deleteWindowSeconds = 60,
            allowedReactions = (string[]?)null,
            attachments = new { isAvailable = false, maxBytes = 1 },
        };
        await visitor.Page.RouteAsync("**/api/rules", route => route.FulfillAsync(new() { Json = new { success = true, data = rules } }));

        await visitor.OpenAsync(conversationId);

        await Expect(visitor.Button("Add files")).ToHaveCountAsync(0);
        await Expect(visitor.Button("Record a voice message")).ToHaveCountAsync(0);
        await visitor.GiveFilesAsync(".log", "drop", "numbers.csv", "text/csv", [1, 2, 3]);
        await Expect(visitor.Alert.Filter(new() { HasText = "This server does not accept files." })).ToBeVisibleAsync();
        await Expect(visitor.Tray()).ToHaveCountAsync(0);
    }

    /// <summary>Opens a conversation in the browser of one participant.</summary>
    private async Task<(Visitor Visitor, Guid ConversationId)> OpenAsync()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        var visitor = await VisitAsync(investor);
        await visitor.OpenAsync(conversationId);
        await visitor.WatchMicrophoneAsync();

        return (visitor, conversationId);
    }

    private Task<long> CountAsync(Guid conversationId, string condition) =>
        Server.QueryAsync<long>($"SELECT count(*) FROM attachments WHERE conversation_id = '{conversationId}' AND {condition}");
}
