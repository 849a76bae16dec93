using System.Text;
using RecordingService.Infrastructure.Events;

namespace RecordingService.Infrastructure.Tests.Events;

public sealed class WebhookSignerTests
{
    // The vector that the libraries of the Standard Webhooks project are tested with.
    private const string Secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeSeconds(1_614_265_330);
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"test": 2432232314}""");

    [Fact]
    public void Signature_OfTheSpecificationsVector_IsTheirs() =>
        WebhookSigner
            .Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", At, Body, [Convert.FromBase64String(Secret)])
            .ShouldBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");

    [Fact]
    public void Signature_WithSeveralSecrets_HasOneForEachSeparatedByBlanks()
    {
        byte[][] secrets = [WebhookSigner.NewSecret(), WebhookSigner.NewSecret()];

        var both = WebhookSigner.Sign("id", At, Body, secrets);

        both.Split(' ').ShouldBe(secrets.Select(secret => WebhookSigner.Sign("id", At, Body, [secret])));
    }

    [Fact]
    public void Secret_New_IsTextOf24To64Bytes()
    {
        var text = WebhookSigner.Text(WebhookSigner.NewSecret());

        text.ShouldStartWith("whsec_");
        Convert.FromBase64String(text["whsec_".Length..]).Length.ShouldBeInRange(24, 64);
        text.ShouldNotBe(WebhookSigner.Text(WebhookSigner.NewSecret()));
    }
}
