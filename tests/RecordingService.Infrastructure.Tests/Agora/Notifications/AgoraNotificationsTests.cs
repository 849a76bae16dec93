using System.Security.Cryptography;
using System.Text;
using RecordingService.Domain;
using RecordingService.Infrastructure.Agora.Notifications;

namespace RecordingService.Infrastructure.Tests.Agora.Notifications;

public sealed class AgoraNotificationsTests
{
    private const string Body = """{"noticeId":"n1","productId":3,"eventType":33,"payload":{"sid":"s1","details":{"progress":10000}}}""";

    private static readonly (string, string?)[] TwoProjects =
    [
        ("Agora:Projects:school:NotificationSecrets:0", "old-secret"),
        ("Agora:Projects:school:NotificationSecrets:1", "new-secret"),
        ("Agora:Projects:academy:AppId", "11111111111111111111111111111111"),
        ("Agora:Projects:academy:CustomerKey", "key"),
        ("Agora:Projects:academy:CustomerSecret", "other-customer-secret"),
        ("Agora:Projects:academy:NotificationSecrets:0", "academy-secret"),
        ("Agora:Projects:quiet:AppId", "22222222222222222222222222222222"),
        ("Agora:Projects:quiet:CustomerKey", "key"),
        ("Agora:Projects:quiet:CustomerSecret", "third-customer-secret"),
    ];

    [Theory]
    [InlineData("School", "old-secret", "school")]
    [InlineData("school", "new-secret", "school")]
    [InlineData(null, "new-secret", "school")]
    [InlineData(null, "academy-secret", "academy")]
    public async Task Notification_SignedByAnyLiveSecret_IsAcceptedWithItsProject(string? project, string secret, string expected)
    {
        var accepted = (await ReadAsync(project, Body, secret)).ShouldBeOfType<NotificationReading.Accepted>();

        accepted.Project.ShouldBe(expected);
        accepted.Notification.NoticeId.ShouldBe("n1");
        accepted.Notification.Notice.ShouldBeOfType<UploadProgressed>().Progress.ShouldBe(10_000);
    }

    /// <summary>Here no database has told the time yet.</summary>
    [Fact]
    public async Task Notification_WithoutATime_NeverGetsThatOfThisMachine()
    {
        var accepted = (await ReadAsync("school", Body, "old-secret")).ShouldBeOfType<NotificationReading.Accepted>();

        accepted.Notification.Notice!.SentAt.ShouldBe(DateTimeOffset.UnixEpoch);
    }

    [Theory]
    [InlineData("school", "academy-secret")]
    [InlineData(null, "guessed")]
    public async Task Notification_SignedByAnotherSecret_IsForged(string? project, string secret) =>
        (await ReadAsync(project, Body, secret)).ShouldBeOfType<NotificationReading.Forged>();

    [Fact]
    public async Task Notification_WithoutSignature_IsForgedAndNotRead()
    {
        await using var client = new ClientUnderTest([], TwoProjects);

        client.Notifications.Read(null, "no json"u8.ToArray(), null, null).ShouldBeOfType<NotificationReading.Forged>();
    }

    [Fact]
    public async Task Notification_SignedByV1Alone_IsAccepted()
    {
        await using var client = new ClientUnderTest([], TwoProjects);
        var body = Encoding.UTF8.GetBytes(Body);
#pragma warning disable CA5350 // Agora's older signature.
        var v1 = Convert.ToHexStringLower(HMACSHA1.HashData("old-secret"u8, body));
#pragma warning restore CA5350

        client.Notifications.Read("school", body, null, v1).ShouldBeOfType<NotificationReading.Accepted>();
    }

    [Fact]
    public async Task Notification_ForAProjectThatIsNotThereOrHasNoSecret_IsSaidSo()
    {
        (await ReadAsync("gone", Body, "old-secret")).ShouldBeOfType<NotificationReading.UnknownProject>();
        (await ReadAsync("quiet", Body, "old-secret")).ShouldBeOfType<NotificationReading.NoSecret>();
        await using var client = new ClientUnderTest([]);
        client.Notifications.Read(null, Encoding.UTF8.GetBytes(Body), "x", null).ShouldBeOfType<NotificationReading.NoSecret>();
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("")]
    public async Task Notification_GenuineButNotReadable_SaysWhy(string body) =>
        (await ReadAsync("school", body, "new-secret"))
            .ShouldBeOfType<NotificationReading.Unreadable>()
            .Reason.ShouldStartWith("The body ");

    [Fact]
    public async Task Notification_ThatQuotesSecrets_ShowsNone()
    {
        var reading = await ReadAsync(
            "school",
            $$$$"""{"productId":3,"eventType":1,"payload":{"sid":"s1","details":{"errorMsg":"{{{{ClientUnderTest.SecretKey}}}} {{{{ClientUnderTest.Certificate}}}} new-secret"}}}""",
            "new-secret"
        );

        reading
            .ShouldBeOfType<NotificationReading.Accepted>()
            .Notification.Notice.ShouldBeOfType<Faulted>()
            .Message.ShouldBe("*** *** ***");
    }

    private static async Task<NotificationReading> ReadAsync(string? project, string body, string secret)
    {
        await using var client = new ClientUnderTest([], TwoProjects);
        var bytes = Encoding.UTF8.GetBytes(body);
        return client.Notifications.Read(
            project,
            bytes,
            Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), bytes)),
            null
        );
    }
}
