using System.Text;
using RecordingService.Infrastructure.Agora.Notifications;

namespace RecordingService.Infrastructure.Tests.Agora.Notifications;

public sealed class NotificationSignatureTests
{
    private const string V1 = "033c62f40f687675f17f0f41f91a40c71c0f134c";
    private const string V2 = "6d3320c60b11101395b7fc8f9068748808a0aa1bfa064438e39d1bc2c7d74d99";
    private static readonly byte[] Right = "secret"u8.ToArray();
    private static readonly byte[] Wrong = "secreT"u8.ToArray();
    private static readonly byte[] Published = Encoding.ASCII.GetBytes(
        """{"eventMs":1560408533119,"eventType":10,"noticeId":"4eb720f0-8da7-11e9-a43e-53f411c2761f","notifyMs":1560408533119,"payload":{"a":"1","b":2},"productId":1}"""
    );

    [Theory]
    [InlineData(V2, null, true)]
    [InlineData(null, V1, true)]
    [InlineData("", V1, true)]
    [InlineData(V2, V1, true)]
    [InlineData(V2, "nonsense", true)]
    // a V2 that is wrong is not rescued by V1
    [InlineData("nonsense", V1, false)]
    [InlineData(null, null, false)]
    [InlineData(null, "", false)]
    [InlineData(V1, null, false)]
    [InlineData(null, V2, false)]
    [InlineData("6D3320C60B11101395B7FC8F9068748808A0AA1BFA064438E39D1BC2C7D74D99", null, false)]
    [InlineData(" 6d3320c60b11101395b7fc8f9068748808a0aa1bfa064438e39d1bc2c7d74d99", null, false)]
    public void Signature_OfThePublishedVector_IsJudged(string? v2, string? v1, bool expected) =>
        NotificationSignature.IsGenuine([Right], Published, v2, v1).ShouldBe(expected);

    [Fact]
    public void Signature_WithEitherOfTwoSecrets_IsGenuine()
    {
        NotificationSignature.IsGenuine([Wrong, Right], Published, V2, null).ShouldBeTrue();
        NotificationSignature.IsGenuine([Right, Wrong], Published, V2, null).ShouldBeTrue();
        NotificationSignature.IsGenuine([Wrong], Published, V2, null).ShouldBeFalse();
        NotificationSignature.IsGenuine([], Published, V2, null).ShouldBeFalse();
    }

    [Fact]
    public void Signature_OfABodyThatWasWrittenAnew_IsForged() =>
        NotificationSignature.IsGenuine([Right], [.. Published, (byte)' '], V2, null).ShouldBeFalse();
}
