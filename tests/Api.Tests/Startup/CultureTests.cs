using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Api.Tests.Startup;

/// <summary>Tests that the server's responses do not depend on the culture of the machine.</summary>
public sealed class CultureTests(TestPostgres postgres, ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    /// <summary>Checks the default culture of threads, which the server has set in this process.</summary>
    [Fact]
    public void Culture_OfARunningServer_IsTheInvariantOne()
    {
        fixture.Server.Address.IsLoopback.ShouldBeTrue();

        CultureInfo.DefaultThreadCurrentCulture.ShouldBe(CultureInfo.InvariantCulture);
        CultureInfo.DefaultThreadCurrentUICulture.ShouldBe(CultureInfo.InvariantCulture);
    }

    [LongTheory]
    [InlineData("de_DE.UTF-8")]
    [InlineData("tr_TR.UTF-8")]
    [InlineData("ar_SA.UTF-8")]
    public async Task Server_UnderAnotherLanguage_AnswersAsUnderNone(string language)
    {
        var plain = await AnswersAsync("C");

        var answers = await AnswersAsync(language);

        answers.ShouldBe(plain);
        plain.Count.ShouldBe(6);
    }

    /// <summary>
    /// Returns the responses that contain numbers, upper case and messages, without the parts that differ from run to run.
    /// </summary>
    private async Task<IReadOnlyList<string>> AnswersAsync(string language)
    {
        var database = await postgres.CreateDatabaseAsync();
        try
        {
            var settings = new Dictionary<string, string?>
            {
                ["LANG"] = language,
                ["LC_ALL"] = language,
                ["Conversations:Price"] = "123456",
                ["Quota:DailyFreeLimit"] = "12345",
                ["Limits:PasswordWait"] = "00:00:20.5",
            };
            await using var api = await ApiProcess.StartAsync(database, settings);
            using var client = api.CreateClient();
            var investor = await RegisterAsync(client, "ILGIN@EXAMPLE.COM", "İlgın", "Investor");
            var startup = await RegisterAsync(client, "startup@example.com", "Startup", "Startup");
            var answers = new List<Answer>
            {
                await PostAsync(client, "/api/auth/login", new { email = "ilgin@example.com", password = ApiServer.Password }),
                await PostAsync(client, "/api/auth/register", new { email = "plain", password = "", displayName = "a\nb", role = "Admin" }),
            };
            client.DefaultRequestHeaders.Authorization = new("Bearer", investor.Data.GetProperty("accessToken").GetString());
            var receiverId = startup.Data.GetProperty("user").Id();
            answers.Add(await PostAsync(client, "/api/conversations/create", new { receiverId, pointsCost = 1 }));
            answers.Add(await PostAsync(client, "/api/conversations/create", new { receiverId, pointsCost = 123456 }));
            answers.Add(await GetAsync(client, "/api/messages/quota"));
            answers.Add(await GetAsync(client, "/api/conversations?limit=-1"));
            answers[0].Expect(HttpStatusCode.OK);

            return [.. answers.Select((answer, number) => number switch
            {
                0 => answer.Data.GetProperty("user").GetProperty("displayName").GetString()!,
                4 => answer.Expect(HttpStatusCode.OK).Data.GetProperty("dailyFreeLimit").GetRawText(),
                _ => answer.WithoutTrace(),
            })];
        }
        finally
        {
            await postgres.DropDatabaseAsync(database);
        }
    }

    private static async Task<Answer> RegisterAsync(HttpClient client, string email, string displayName, string role) =>
        (await PostAsync(client, "/api/auth/register", new { email, password = ApiServer.Password, displayName, role }))
            .Expect(HttpStatusCode.Created);

    private static async Task<Answer> PostAsync(HttpClient client, string path, object body) =>
        await Answer.OfAsync(await client.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken));

    private static async Task<Answer> GetAsync(HttpClient client, string path) =>
        await Answer.OfAsync(await client.GetAsync(path, TestContext.Current.CancellationToken));
}
