using System.Collections.Concurrent;
using System.Diagnostics;
using CleanMessaging.Tests.Support;

namespace CleanMessaging.Client.Tests.Samples;

/// <summary>Tests the console sample with one process for each of two users.</summary>
public sealed class ConsoleTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>
{
    private readonly ApiServer _server = fixture.Server;

    [Fact]
    public void Program_OfTheSample_HasFewerThanEightyLines() =>
        File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "samples", "Console", "Program.cs")).Length.ShouldBeInRange(20, 79);

    [Theory]
    [InlineData("--help", "Usage: ")]
    [InlineData("unknown@example.com", "Cannot log in at ")]
    public async Task Start_WithWrongArguments_EndsWithOneLine(string email, string expected)
    {
        await using var terminal = Terminal.Start(_server.Address, email);

        (await terminal.WaitForExitAsync()).ShouldBe(1);
        terminal.Lines.Where(line => line.Length > 0).ShouldHaveSingleItem().ShouldStartWith(expected);
    }

    [Fact]
    public async Task WriteLines_OnEitherSide_AreSeenByTheOther()
    {
        var (investor, startup, _) = await _server.RegisterPairAsync();
        await using var hers = await Terminal.OpenAsync(_server.Address, investor);
        await using var his = await Terminal.OpenAsync(_server.Address, startup);
        await hers.ShouldShowAsync($"You talk to {startup.DisplayName}.");
        await his.ShouldShowAsync($"You talk to {investor.DisplayName}.");

        await hers.TypeAsync("Shall we talk?");
        await his.ShouldShowAsync("> Shall we talk?");
        await his.TypeAsync("/24h Gladly");

        await hers.ShouldShowAsync("> Gladly (until ");
        await hers.ShouldShowAsync("you Shall we talk?");
    }

    [Fact]
    public async Task React_ToTheLastMessage_IsSeenByTheOther()
    {
        var (investor, startup, _) = await _server.RegisterPairAsync();
        await using var hers = await Terminal.OpenAsync(_server.Address, investor);
        await using var his = await Terminal.OpenAsync(_server.Address, startup);
        await hers.TypeAsync("Shall we talk?");
        await his.ShouldShowAsync("> Shall we talk?");

        await his.TypeAsync("/react 👍");

        await hers.ShouldShowAsync("👍 ");
        await his.TypeAsync("/react ok");
        await his.ShouldShowAsync("not sent: ok (A reaction is exactly one emoji.");
    }

    [Fact]
    public async Task EditAndDelete_TheLastMessage_AreSeenByTheOther()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var hers = await Terminal.OpenAsync(_server.Address, investor);
        await using var his = await Terminal.OpenAsync(_server.Address, startup);
        await hers.TypeAsync("Shall we talk");
        await hers.ShouldShowAsync("you Shall we talk");

        await hers.TypeAsync("/edit Shall we talk?");
        await his.ShouldShowAsync("> Shall we talk?");
        await hers.ShouldShowAsync("you Shall we talk?");
        await hers.TypeAsync("/delete");

        await his.ShouldShowAsync("a message was deleted");
        (await startup.ReadPageAsync(conversationId)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Reply_ToTheLastMessageOfTheOther_IsSeenAsAReply()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var hers = await Terminal.OpenAsync(_server.Address, investor);
        await using var his = await Terminal.OpenAsync(_server.Address, startup);
        await hers.TypeAsync("Shall we talk?");
        await his.ShouldShowAsync("> Shall we talk?");

        await his.TypeAsync("/reply Gladly");

        await hers.ShouldShowAsync("> (reply) Gladly");
        (await investor.GetAsync($"/api/messages?conversationId={conversationId}")).Data[1].GetProperty("replyToSequence").GetInt64().ShouldBe(1);
    }

    [Fact]
    public async Task AgreeToPay_WhenNothingHasNamedAPrice_SendsNothing()
    {
        var (investor, startup, conversationId) = await _server.RegisterPairAsync();
        await using var terminal = await Terminal.OpenAsync(_server.Address, investor);
        await terminal.ShouldShowAsync($"You talk to {startup.DisplayName}.");

        await terminal.TypeAsync("/pay");
        await terminal.TypeAsync("/drop");
        await terminal.TypeAsync("Not \0 sent");
        await terminal.ShouldShowAsync("not sent: Not \0 sent");
        await terminal.TypeAsync("/pay");
        await terminal.TypeAsync("/drop");
        await terminal.TypeAsync("The only one");
        await terminal.EndAsync();

        (await startup.ReadPageAsync(conversationId)).ShouldBe(["The only one"]);
    }

    [Fact]
    public async Task AgreeToPay_AfterAPriceWasNamed_SendsForThatPrice()
    {
        var investor = await _server.CreateWithPointsAsync(Domain.Users.UserRole.Investor, points: 100);
        var startup = await _server.RegisterStartupAsync();
        var conversationId = await investor.ConversationWithAsync(startup);
        await _server.ExecuteAsync($"UPDATE message_quotas SET daily_free_limit = 0 WHERE user_id = '{investor.Id}'");
        await using var terminal = await Terminal.OpenAsync(_server.Address, investor);
        await terminal.ShouldShowAsync($"You talk to {startup.DisplayName}.");

        await terminal.TypeAsync("Worth it");
        await terminal.ShouldShowAsync("not sent: Worth it");
        (await investor.BalanceAsync()).ShouldBe(100);
        await terminal.TypeAsync("/pay");
        await terminal.ShouldShowAsync("you Worth it");
        await terminal.EndAsync();

        (await startup.ReadPageAsync(conversationId)).ShouldBe(["Worth it"]);
        (await investor.BalanceAsync()).ShouldBe(90);
    }

    /// <summary>A user of the console sample: writes to its input and reads its output.</summary>
    private sealed class Terminal : IAsyncDisposable
    {
        private static readonly TimeSpan _waitLimit = TimeSpan.FromSeconds(30);

        /// <summary>The sample's program, built in the same configuration as the tests.</summary>
        private static readonly string _program = Path.Combine(
            RepositoryRoot.Path,
            "samples",
            "Console",
            Path.GetRelativePath(Path.Combine(RepositoryRoot.Path, "tests", "Client.Tests"), AppContext.BaseDirectory),
            "CleanMessaging.Console.dll");

        private readonly ConcurrentQueue<string> _lines = new();
        private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory();
        private readonly Process _process;

        private Terminal(Uri server, string email)
        {
            var start = new ProcessStartInfo("dotnet", [_program, email, server.ToString()])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment["DEMO_PASSWORD"] = ApiServer.Password;
            start.Environment["XDG_DATA_HOME"] = _home.FullName;
            _process = new Process { StartInfo = start };
            _process.OutputDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
            _process.ErrorDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
            _process.Start();
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        public IReadOnlyCollection<string> Lines => _lines;

        public static Terminal Start(Uri server, string email) => new(server, email);

        public static async Task<Terminal> OpenAsync(Uri server, TestUser user)
        {
            var terminal = Start(server, user.Email);
            await terminal.ShouldShowAsync("You talk to ");

            return terminal;
        }

        public async Task TypeAsync(string line) => await _process.StandardInput.WriteLineAsync(line);

        /// <summary>Waits for a line that contains a text. The time-out is 30 seconds, because the process may start slowly.</summary>
        public async Task ShouldShowAsync(string text)
        {
            var waited = Stopwatch.StartNew();
            while (!_lines.Any(line => line.Contains(text, StringComparison.Ordinal)))
            {
                (_process.HasExited || waited.Elapsed > _waitLimit)
                    .ShouldBeFalse($"It does not show '{text}':\n{string.Join('\n', _lines)}");
                await Task.Delay(10, TestContext.Current.CancellationToken);
            }
        }

        /// <summary>Closes the input, after which the process exits.</summary>
        public async Task EndAsync()
        {
            _process.StandardInput.Close();
            (await WaitForExitAsync()).ShouldBe(0, string.Join('\n', _lines));
        }

        /// <summary>Waits until the process has exited and its output has ended; returns the exit code.</summary>
        public async Task<int> WaitForExitAsync()
        {
            await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(_waitLimit);

            return _process.ExitCode;
        }

        public async ValueTask DisposeAsync()
        {
            if (!_process.HasExited)
                _process.Kill();

            await _process.WaitForExitAsync(CancellationToken.None);
            _process.Dispose();
            _home.Delete(recursive: true);
        }
    }
}
