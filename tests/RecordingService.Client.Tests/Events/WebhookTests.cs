using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using RecordingService.Testing;

namespace RecordingService.Client.Tests.Events;

/// <summary>Webhooks that the npm package standardwebhooks signed (make-webhook-vectors.mjs), and what must not pass.</summary>
public sealed class WebhookTests
{
    private const string Secret = "whsec_AQgPFh0kKzI5QEdOVVxjanF4f4aNlJui";
    private const string OtherSecret = "whsec_yM/W3eTr8vkABw4VHCMqMTg/Rk1UW2JpcHd+hYyTmqE=";
    private const string Id = "019900b7-e200-7cc1-9d6e-0f2b7c1d8a11";
    private const string Body =
        """{"id":"019900b7-e200-7cc1-9d6e-0f2b7c1d8a11","type":"recording.completed","timestamp":"2026-09-01T08:45:02Z","sequence":7,"data":{"state":"completed"}}""";

    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1788252302);

    public static TheoryData<string> Vectors() =>
        [
            .. JsonNode
                .Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Events", "webhook-vectors.json")))!
                .AsArray()
                .Select(vector => vector!.ToJsonString()),
        ];

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Webhook_OfAnotherImplementation_IsGenuine(string json)
    {
        var vector = JsonNode.Parse(json)!;
        var body = Encoding.UTF8.GetBytes((string)vector["body"]!);
        var timestamp = (string)vector["timestamp"]!;
        var now = DateTimeOffset.FromUnixTimeSeconds(long.Parse(timestamp, CultureInfo.InvariantCulture));
        foreach (var secret in vector["secrets"]!.AsArray())
        {
            var verifier = new WebhookVerifier((string)secret!) { TimeProvider = new ManualTimeProvider(now) };
            var header = (string name) =>
                name switch
                {
                    WebhookVerifier.IdHeader => (string?)vector["id"],
                    WebhookVerifier.TimestampHeader => timestamp,
                    WebhookVerifier.SignatureHeader => (string?)vector["signature"],
                    _ => null,
                };

            if ((string)vector["name"]! == "the libraries' example")
            {
                // Genuine, and of another service.
                Fault(() => verifier.Verify(body, header)).ShouldBe(WebhookFault.Unreadable);
                continue;
            }

            var told = verifier.Verify(body, header);

            var sent = JsonNode.Parse(body)!;
            told.Type.ShouldBe(RecordingEventTypes.Completed);
            told.Sequence.ShouldBe(7);
            told.Data.Channel.ShouldBe((string?)sent["data"]!["channel"]);
            told.Data.State.ShouldBe(RecordingState.Completed);
            told.Data.Files.ShouldBe(FilesState.Complete);

            body[^3] ^= 1;
            Fault(() => verifier.Verify(body, header)).ShouldBe(WebhookFault.SignatureWrong);
            body[^3] ^= 1;
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(300)]
    [InlineData(-300)]
    public void Webhook_WithinTheTolerance_IsGenuine(int secondsAway)
    {
        var at = Now.AddSeconds(secondsAway).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

        Verifier(Secret).Verify(Bytes(Body), Id, at, Sign(Secret, Id, at, Body)).Id.ShouldBe(Guid.Parse(Id));
    }

    [Theory]
    [InlineData("1788252603")]
    [InlineData("1788252001")]
    [InlineData("0")]
    [InlineData("9223372036854775807")]
    public void Webhook_BeyondTheTolerance_IsRefused(string at) =>
        Fault(() => Verifier(Secret).Verify(Bytes(Body), Id, at, Sign(Secret, Id, at, Body)))
            .ShouldBe(WebhookFault.TimestampOutOfTolerance);

    [Theory]
    [InlineData("now")]
    [InlineData("-1788252302")]
    [InlineData("1788252302.0")]
    [InlineData(" 1788252302")]
    [InlineData("99999999999999999999")]
    public void Webhook_WhoseTimeIsNone_IsRefused(string at) =>
        Fault(() => Verifier(Secret).Verify(Bytes(Body), Id, at, Sign(Secret, Id, at, Body))).ShouldBe(WebhookFault.TimestampInvalid);

    [Theory]
    [InlineData(null, "1788252302", "v1,x")]
    [InlineData("", "1788252302", "v1,x")]
    [InlineData(Id, null, "v1,x")]
    [InlineData(Id, "1788252302", null)]
    [InlineData(Id, "1788252302", "")]
    public void Webhook_WithoutAHeader_IsRefused(string? id, string? at, string? signature) =>
        Fault(() => Verifier(Secret).Verify(Bytes(Body), id, at, signature)).ShouldBe(WebhookFault.HeaderMissing);

    [Theory]
    [InlineData("{own}", true)]
    [InlineData("{other} {own}", true)]
    [InlineData("v1a,abc  {own} v2,{own}", true)]
    [InlineData("v1,!!! {own}", true)]
    [InlineData("{other}", false)]
    [InlineData("v2,{own}", false)]
    [InlineData("{bare}", false)]
    [InlineData("v1,", false)]
    [InlineData("v1", false)]
    [InlineData("v1,AAAA", false)]
    [InlineData("{own}AAAA", false)]
    [InlineData("V1,{bare}", false)]
    public void Signatures_OneOfThem_MustBeRight(string header, bool isGenuine)
    {
        const string at = "1788252302";
        var own = Sign(Secret, Id, at, Body);
        header = header
            .Replace("{own}", own, StringComparison.Ordinal)
            .Replace("{bare}", own[3..], StringComparison.Ordinal)
            .Replace("{other}", Sign(OtherSecret, Id, at, Body), StringComparison.Ordinal);

        if (isGenuine)
        {
            Verifier(Secret).Verify(Bytes(Body), Id, at, header);
        }
        else
        {
            Fault(() => Verifier(Secret).Verify(Bytes(Body), Id, at, header)).ShouldBe(WebhookFault.SignatureWrong);
        }
    }

    [Fact]
    public void Signature_IsThatOfIdTimeAndBody()
    {
        const string at = "1788252302";
        var signature = Sign(Secret, Id, at, Body);
        var verifier = Verifier(Secret);

        Fault(() => verifier.Verify(Bytes(Body), Id.Replace('1', '2'), at, signature)).ShouldBe(WebhookFault.SignatureWrong);
        Fault(() => verifier.Verify(Bytes(Body), Id, "1788252303", signature)).ShouldBe(WebhookFault.SignatureWrong);
        Fault(() => verifier.Verify(Bytes($"{Body} "), Id, at, signature)).ShouldBe(WebhookFault.SignatureWrong);
    }

    [Fact]
    public void Secrets_DuringARotation_EachWillDo()
    {
        const string at = "1788252302";
        var verifier = Verifier(OtherSecret, Secret);

        verifier.Verify(Bytes(Body), Id, at, Sign(Secret, Id, at, Body));
        verifier.Verify(Bytes(Body), Id, at, Sign(OtherSecret, Id, at, Body));
    }

    [Theory]
    [InlineData("")]
    [InlineData("whsec_")]
    [InlineData("whsec_hidden value")]
    [InlineData("whsec_aGlkZGVuaGlkZGVuaGlkZGVuaGk=")]
    [InlineData("whsec_YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=")]
    public void Secret_ThatIsNone_IsRefusedWithoutBeingTold(string secret)
    {
        var error = Should.Throw<ArgumentException>(() => new WebhookVerifier(secret));

        error.ToString().ShouldNotContain("hidden");
        error.ToString().ShouldNotContain("aGlkZGVu");
    }

    [Fact]
    public void Secrets_NoneAtAll_AreRefused() => Should.Throw<ArgumentException>(() => new WebhookVerifier());

    private static WebhookVerifier Verifier(params string[] secrets) => new(secrets) { TimeProvider = new ManualTimeProvider(Now) };

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static WebhookFault Fault(Func<RecordingEvent> verify) => Should.Throw<WebhookVerificationException>(() => verify()).Fault;

    private static string Sign(string secret, string id, string at, string body) =>
        "v1,"
        + Convert.ToBase64String(
            HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), Encoding.UTF8.GetBytes($"{id}.{at}.{body}"))
        );
}
