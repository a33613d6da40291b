using CleanMessaging.Infrastructure.Transport;

namespace CleanMessaging.Api.Tests.Transport;

/// <summary>Tests which links count as verified, and that the reasons contain no password.</summary>
public sealed class LinkRulesTests
{
    private const string Password = "correct-horse";

    [Theory]
    [InlineData("Host=db.example.com;SSL Mode=VerifyFull", null)]
    [InlineData("Host=db.example.com;SSL Mode=VerifyFull;Root Certificate=/etc/ca.pem", null)]
    [InlineData("Host=db.example.com", "db.example.com")]
    [InlineData("Host=db.example.com;SSL Mode=Require", "db.example.com")]
    [InlineData("Host=db.example.com;SSL Mode=VerifyCA", "db.example.com")]
    [InlineData("Host=db.example.com;SSL Mode=Prefer", "db.example.com")]
    [InlineData("Host=db.example.com;SSL Mode=Disable", "db.example.com")]
    [InlineData("Server=10.0.0.1;Port=5433", "10.0.0.1")]
    [InlineData("Host=db-a:5432,db-b", "db-a, db-b")]
    [InlineData("Host=127.0.0.1, db-b:5433", "db-b")]
    [InlineData("Host=db-a,db-b;SSL Mode=VerifyFull", null)]
    [InlineData("Host=localhost,127.0.0.1:5433,[::1]:5434", null)]
    [InlineData("Host=LOCALHOST", null)]
    [InlineData("Host=127.8.9.10", null)]
    [InlineData("Host=::1", null)]
    [InlineData("Host=/run/postgresql", null)]
    [InlineData("Host=@abstract", null)]
    [InlineData("Host=localhost.example.com", "localhost.example.com")]
    [InlineData("Host=127.0.0.1.example.com", "127.0.0.1.example.com")]
    [InlineData("Host=128.0.0.1", "128.0.0.1")]
    [InlineData("Host=[2001:db8::1]:5432", "2001:db8::1")]
    [InlineData("Host=2001:db8::1", "2001:db8::1")]
    public void OfPostgres_OfHostsAndMode_IsVerifiedOnlyWithVerifyFullOrOnThisMachine(string connectionString, string? host)
    {
        var link = LinkRules.OfPostgres("ConnectionStrings:Messaging", $"{connectionString};Username=a;Password={Password}");

        link?.Host.ShouldBe(host);
        (link is null).ShouldBe(host is null);
        $"{link}".ShouldNotContain(Password);
        if (link is not null)
            (link.Setting, link.Remedy[..25]).ShouldBe(("ConnectionStrings:Messaging", "Set SSL Mode=VerifyFull i"));
    }

    [Theory]
    [InlineData("redis.example.com:6380,ssl=true", null)]
    [InlineData("10.0.0.1:6380,ssl=true,sslHost=redis.example.com", null)]
    [InlineData("redis.example.com", "redis.example.com")]
    [InlineData("redis.example.com:6380,ssl=false", "redis.example.com")]
    [InlineData("redis.example.com:6380,sslHost=redis.example.com", "redis.example.com")]
    [InlineData("127.0.0.1:6379,redis-b:6379", "redis-b")]
    [InlineData("10.0.0.1:6379,[2001:db8::1]:6379", "10.0.0.1, 2001:db8::1")]
    [InlineData("127.0.0.1:6379,localhost:6380,[::1]:6381", null)]
    [InlineData("!/run/redis.sock", null)]
    public void OfRedis_OfEndPoints_IsVerifiedOnlyWithTlsOrOnThisMachine(string configuration, string? host)
    {
        var link = LinkRules.OfRedis("ConnectionStrings:Redis", $"{configuration},password={Password}");

        link?.Host.ShouldBe(host);
        (link is null).ShouldBe(host is null);
        $"{link}".ShouldNotContain(Password);
        if (link is not null)
            link.Remedy.ShouldStartWith("Set ssl=true");
    }

    [Theory]
    [InlineData("https://s3.example.com", null)]
    [InlineData("http://s3.example.com:9000/path", "s3.example.com")]
    [InlineData("HTTP://10.0.0.1", "10.0.0.1")]
    [InlineData("http://127.0.0.1:9000", null)]
    [InlineData("http://[::1]:9000", null)]
    [InlineData("http://localhost:4317", null)]
    [InlineData("http://2130706433", null)]
    [InlineData("nonsense", null)]
    public void OfAddress_OfAnHttpAddress_IsVerifiedOnlyOnThisMachine(string address, string? host)
    {
        var link = LinkRules.OfAddress("setting", address);

        link?.Host.ShouldBe(host);
        (link is null).ShouldBe(host is null);
    }

    [Theory]
    [InlineData("/run/clamav/clamd.ctl", null)]
    [InlineData("127.0.0.1:3310", null)]
    [InlineData("[::1]:3310", null)]
    [InlineData("localhost:3310", null)]
    [InlineData("scanner:3310", "scanner")]
    [InlineData("[2001:db8::1]:3310", "2001:db8::1")]
    public void OfScanner_OfAnAddress_IsVerifiedOnlyOnThisMachine(string address, string? host)
    {
        var link = LinkRules.OfScanner("setting", address);

        link?.Host.ShouldBe(host);
        (link is null).ShouldBe(host is null);
    }
}
