using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace CleanMessaging.Tests.Support;

/// <summary>A response of the API.</summary>
/// <param name="Body">The parsed body; undefined for an empty body.</param>
public sealed record Answer(HttpStatusCode Status, JsonElement Body, string Text, HttpResponseHeaders Headers)
{
    public JsonElement Data => Body.GetProperty("data");

    /// <summary>The stable code of an error response.</summary>
    public string? Code => Body.GetProperty("code").GetString();

    public static async Task<Answer> OfAsync(HttpResponseMessage response)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync();
            var body = text.Length == 0 ? default : JsonDocument.Parse(text).RootElement.Clone();

            return new Answer(response.StatusCode, body, text, response.Headers);
        }
    }

    public override string ToString() => $"{(int)Status} {Text}";

    /// <summary>
    /// Repeats a call until it is not rejected for its number. On a busy machine a user's requests wait so long for each other that some are
    /// rejected, without a change.
    /// </summary>
    public static async Task<Answer> UntilAcceptedAsync(Func<Task<Answer>> call)
    {
        while (true)
        {
            var answer = await call();
            if (answer.Status != HttpStatusCode.TooManyRequests)
                return answer;
        }
    }

    /// <summary>Verifies the status and returns the response; on failure the message contains the whole response.</summary>
    public Answer Expect(HttpStatusCode status)
    {
        Status.ShouldBe(status, Text);

        return this;
    }

    /// <summary>Verifies that this is an error response with the given status and code.</summary>
    public Answer ExpectError(HttpStatusCode status, string code)
    {
        Expect(status);
        Code.ShouldBe(code, Text);
        Body.GetProperty("success").GetBoolean().ShouldBeFalse();
        Body.GetProperty("status").GetInt32().ShouldBe((int)status);

        return this;
    }
}
