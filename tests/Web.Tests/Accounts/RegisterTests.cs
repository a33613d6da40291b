namespace CleanMessaging.Web.Tests.Accounts;

public sealed class RegisterTests(Stage stage) : WebTests(stage)
{
    [Fact]
    public async Task Register_WithRoleNameAndPassword_ShowsWhomOneCanTalkTo()
    {
        // Uses its own server: among the startups of all tests, this one might not be on the first page.
        var server = await StartServerAsync();
        var startup = await server.RegisterStartupAsync();
        var visitor = await VisitAsync(server);
        await visitor.GoAsync("/");
        await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Create an account" }).ClickAsync();

        await visitor.Page.GetByRole(AriaRole.Radio, new() { Name = "Investor" }).CheckAsync();
        await visitor.Field("Name").FillAsync("Ines Newcomer");
        await visitor.Field("E-mail").FillAsync("ines.newcomer@example.com");
        await visitor.PasswordField("Password").FillAsync(ApiServer.Password);
        await visitor.Button("Create account").ClickAsync();

        await Expect(visitor.Heading).ToHaveTextAsync("People");
        await Expect(visitor.Button($"Message {startup.DisplayName}")).ToBeVisibleAsync();
        await visitor.GoAsync("/account");
        await Expect(visitor.Page.GetByRole(AriaRole.Region, new() { Name = "You" }).GetByRole(AriaRole.Paragraph))
            .ToHaveTextAsync(
            [
                "Ines Newcomer",
                "ines.newcomer@example.com",
                "Investor",
                "0 bytes of 1.1 GB used.",
                "Files that you have sent count until their message disappears or is deleted.",
            ]);
    }

    [Fact]
    public async Task Register_WithNothingFilledIn_SaysWhatIsMissingAtEachFieldAndGoesToTheFirst()
    {
        var visitor = await VisitAsync();
        await visitor.GoAsync("/register");

        await visitor.Button("Create account").ClickAsync();

        await Expect(visitor.Page.GetByRole(AriaRole.Group, new() { Name = "You are" }))
            .ToHaveAccessibleDescriptionAsync("Choose whether you are an investor or a startup. Investors talk to startups, and startups "
                + "to investors. You cannot change this later.");
        await Expect(visitor.Field("Name")).ToHaveAccessibleDescriptionAsync("Enter your name. How the others see you.");
        await Expect(visitor.Field("E-mail")).ToHaveAccessibleDescriptionAsync("Enter an e-mail address, such as name@example.com.");
        await Expect(visitor.PasswordField("Password"))
            .ToHaveAccessibleDescriptionAsync("A password has 8 to 128 characters. At least 8 characters.");
        await Expect(visitor.Page.GetByRole(AriaRole.Radio, new() { Name = "Investor" })).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Register_WithATakenAddress_IsRejectedInWords()
    {
        var taken = await Server.RegisterInvestorAsync();
        var visitor = await VisitAsync();
        visitor.Allow("status of 409");
        await visitor.GoAsync("/register");

        await visitor.Page.GetByRole(AriaRole.Radio, new() { Name = "Startup" }).CheckAsync();
        await visitor.Field("Name").FillAsync("Second");
        await visitor.Field("E-mail").FillAsync(taken.Email);
        await visitor.PasswordField("Password").FillAsync(ApiServer.Password);
        await visitor.Button("Create account").ClickAsync();

        await Expect(visitor.Alert.Filter(new() { HasText = "There is an account with this e-mail address already. Sign in instead." }))
            .ToBeVisibleAsync();
        await Expect(visitor.Heading).ToHaveTextAsync("Create an account");
    }
}
