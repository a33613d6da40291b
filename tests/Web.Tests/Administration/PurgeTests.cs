using System.Globalization;

namespace CleanMessaging.Web.Tests.Administration;

public sealed class PurgeTests(Stage stage) : WebTests(stage)
{
    /// <summary>The server keeps the contents of expired messages for 30 days.</summary>
    [Fact]
    public async Task Purge_OfExpiredMessages_AsksFirstAndShowsWhatIsRecorded()
    {
        var (investor, _, conversationId) = await Server.RegisterPairAsync();
        await Server.FillAsync(conversationId, investor.Id, 3, "now() - interval '60 days'");
        var today = Server.Clock.GetUtcNow();
        var visitor = await VisitAsync(await Server.CreateAdminAsync());
        visitor.Allow("status of 40[03]");
        await visitor.GoAsync("/admin");
        var (retention, dialog) = (RetentionOf(visitor), visitor.Dialog("Erase the contents of expired messages?"));
        var (day, reason) = (retention.GetByLabel("Expired before"), retention.GetByLabel("Reason for the purge"));

        await ButtonOf(retention, "Purge").ClickAsync();
        await Expect(day).ToBeFocusedAsync();
        await Expect(day).ToHaveAccessibleDescriptionAsync("Choose a day. The beginning of a day, in UTC.");
        await Expect(reason).ToHaveAccessibleDescriptionAsync("Enter a reason of 1 to 500 characters. Recorded with your name.");

        await day.FillAsync(Iso(today.AddDays(-10)));
        await reason.FillAsync("Retention period");
        await reason.PressAsync("Enter");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Erase" }).ClickAsync();
        await Expect(day).ToHaveAccessibleDescriptionAsync(
            $"The server keeps the contents of expired messages for some time. Choose {Name(today.AddDays(-30))} or earlier. The beginning of a day, in UTC.");

        await day.FillAsync(Iso(today.AddDays(-40)));
        await ButtonOf(retention, "Purge").ClickAsync();
        await Expect(dialog).ToContainTextAsync($"The contents of all messages that expired before {Name(today.AddDays(-40))} are erased. This cannot be undone.");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        (await Server.QueryAsync<long>($"SELECT count(*) FROM messages WHERE conversation_id = '{conversationId}' AND content <> ''")).ShouldBe(3);

        await ButtonOf(retention, "Purge").ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Erase" }).ClickAsync();
        await Expect(retention.GetByRole(AriaRole.Status)).ToHaveTextAsync("3 messages were purged. Nothing is left.");
        await Expect(ButtonOf(retention, "Purge")).ToBeFocusedAsync();
        await Expect(retention.GetByRole(AriaRole.Row).Nth(1)).ToContainTextAsync("3Retention period");
        (await Server.QueryAsync<long>($"SELECT count(*) FROM messages WHERE conversation_id = '{conversationId}' AND content <> ''")).ShouldBe(0);
    }

    [LongFact]
    public async Task Purge_OfManyBatches_ShowsHowFarItIsAndStops()
    {
        var visitor = await VisitAsync(await Server.CreateAdminAsync());
        visitor.Allow("status of 40[03]");
        await visitor.GoAsync("/admin");
        var retention = RetentionOf(visitor);
        var third = new TaskCompletionSource();
        var batches = 0;
        await visitor.Page.RouteAsync("**/api/admin/messages/purge", async route =>
        {
            // The third batch takes until the Admin has stopped the purge.
            if (++batches > 2)
                await third.Task;

            await route.FulfillAsync(new() { Json = new { success = true, data = new { purged = 6000, oldestLeft = "2026-03-02T10:00:00Z", isDone = false } } });
        });
        await retention.GetByLabel("Expired before").FillAsync("2026-04-01");
        await retention.GetByLabel("Reason for the purge").FillAsync("Retention period");
        await ButtonOf(retention, "Purge").ClickAsync();
        await visitor.Dialog("Erase the contents of expired messages?").GetByRole(AriaRole.Button, new() { Name = "Erase" }).ClickAsync();

        await Expect(retention).ToContainTextAsync("12,000 purged, the oldest one left expired on 2 Mar 2026.");
        await Expect(retention.GetByRole(AriaRole.Status)).ToHaveTextAsync("Purging…");
        await ButtonOf(retention, "Stop").ClickAsync();
        await Expect(retention.GetByRole(AriaRole.Status)).ToHaveTextAsync("Stopping…");
        third.SetResult();

        await Expect(retention.GetByRole(AriaRole.Status)).ToHaveTextAsync("Stopped. 18,000 messages were purged.");
        await Expect(ButtonOf(retention, "Purge")).ToBeFocusedAsync();
        batches.ShouldBe(3);
    }

    [LongFact]
    public async Task Purge_WhenTheServerFails_SaysWhyAndWhatWasDone()
    {
        var visitor = await VisitAsync(await Server.CreateAdminAsync());
        visitor.Allow("status of 40[03]");
        await visitor.GoAsync("/admin");
        var retention = RetentionOf(visitor);
        var batches = 0;
        await visitor.Page.RouteAsync("**/api/admin/messages/purge", async route =>
        {
            object answer = ++batches == 1
                ? new { success = true, data = new { purged = 1, oldestLeft = "2026-03-02T10:00:00Z", isDone = false } }
                : new { type = "x", title = "Forbidden.", status = 403, success = false, code = "auth.forbidden", traceId = "t", retryable = false };
            await route.FulfillAsync(new() { Json = answer, Status = batches == 1 ? 200 : 403 });
        });
        await retention.GetByLabel("Expired before").FillAsync("2026-04-01");
        await retention.GetByLabel("Reason for the purge").FillAsync("Retention period");
        await ButtonOf(retention, "Purge").ClickAsync();
        await visitor.Dialog("Erase the contents of expired messages?").GetByRole(AriaRole.Button, new() { Name = "Erase" }).ClickAsync();

        await Expect(visitor.Alert.Filter(new() { HasText = "Your role does not allow this." })).ToBeVisibleAsync();
        await Expect(retention.GetByRole(AriaRole.Status)).ToHaveTextAsync("Stopped. 1 message was purged.");
    }

    private static ILocator RetentionOf(Visitor visitor) => visitor.Page.GetByRole(AriaRole.Region, new() { Name = "Retention", Exact = true });

    private static ILocator ButtonOf(ILocator section, string name) => section.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    private static string Iso(DateTimeOffset day) => day.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Name(DateTimeOffset day) => day.UtcDateTime.ToString("d MMM yyyy", CultureInfo.InvariantCulture);
}
