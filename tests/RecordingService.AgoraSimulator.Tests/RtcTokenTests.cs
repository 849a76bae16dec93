using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace RecordingService.Simulation.Tests;

public sealed class RtcTokenTests
{
    private const string AppId = "970CA35de60c44645bbae8a215061b33";
    private const string Certificate = "5CFd2fd1755d40ecb72977518be15d3b";
    private const string Channel = "7d72365eb983485397e3e3f9d460bdda";
    private const string Uid = "2882341273";

    private const string PythonToken =
        "007eJxTYBBbsMMnKq7p9Hf/HcIX5kce9b518kCiQgSr5Zrp4X1Tu6UUGCzNDZwdjU1TUs0Mkk1MzExMk5ISUy0SjQxNDcwMk4yN3b8IMEQwMTAwMoAwBIL4CgzmKeZGxmamqUmWFsYmFqbGluapxqnGaZYpJmYGSSkpiVwMRhYWRsYmhkbmxgDCaiTj";
    private const string DotNetToken =
        "007eJwlx6EKQjEUgOGjYDEJgsG0R9h2zrazKAaDgtGrQdg880Gsgk2M+gA+wI0Wg1jMPodglYv8/OFTMLjUs9V69/zO6/7rvLxP349bUlUnXk+Lw3E/VBCDHo/QSfF6Q+TJ5ZwKJ2uc9iYjTj49qNoALWj+11hBkGDRu5IjI7HDGAoW3EYhr7NI6oJltkjGBvwBwmok4w==";
    private const string AnyUidToken =
        "007eJxTYLhzZP08Lxa1Pg57+TcXb/3cZ3wi4V6kbpbOog0G2dOYk20UGCzNDZwdjU1TUs0Mkk1MzExMk5ISUy0SjQxNDcwMk4yN3b8IMEQwMTAwMoAwBIL4CgzmKeZGxmamqUmWFsYmFqbGluapxqnGaZYpJmYGSSkpiQwMADacImo=";

    [Theory]
    [InlineData(PythonToken)]
    [InlineData(DotNetToken)]
    public void Token_PublishedVector_IsForItsProjectChannelAndUidOnly(string text)
    {
        var token = RtcToken.Parse(text).ShouldNotBeNull();

        token.IsFor(AppId, Certificate, Channel, Uid).ShouldBeTrue();
        token.IsFor(AppId, Certificate, Channel, "1").ShouldBeFalse();
        token.IsFor(AppId, Certificate, "other", Uid).ShouldBeFalse();
        token.IsFor(AppId, Certificate.ToLowerInvariant(), Channel, Uid).ShouldBeFalse();
        token.IsFor(AppId.ToLowerInvariant(), Certificate, Channel, Uid).ShouldBeFalse();
        token.ExpiresAt.ShouldBe(DateTimeOffset.FromUnixTimeSeconds(1111111 + 600));
    }

    [Fact]
    public void Token_PublishedVectors_InflateToTheSameBytes()
    {
        var bytes = RtcToken.Inflate(PythonToken);

        bytes.ShouldBe(RtcToken.Inflate(DotNetToken));
        Convert
            .ToHexStringLower(bytes)
            .ShouldBe(
                "200016a0b84c5a5e82cbf74fb813d09f59c54bdac9c06120580539ac97578e958b1a2000393730434133356465363063343436343562626165386132313530363162333347f4"
                    + "10005802000001000000010001000100010058020000200037643732333635656239383334383533393765336533663964343630626464610a0032383832333431323733"
            );
    }

    [Fact]
    public void Token_ForAnyUid_IsForEachUid()
    {
        RtcToken.Parse(AnyUidToken).ShouldNotBeNull().IsFor(AppId, Certificate, Channel, "42").ShouldBeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData("006eJxT")]
    [InlineData("007")]
    [InlineData("007!!!")]
    [InlineData("007AAAA")]
    public void Token_Garbage_IsNoToken(string text) => RtcToken.Parse(text).ShouldBeNull();

    [Fact]
    public void Token_Truncated_IsNoToken()
    {
        var bytes = RtcToken.Inflate(PythonToken);

        RtcToken.Parse(Deflate(bytes[..60])).ShouldBeNull();
    }

    [Theory]
    [InlineData("900001", true)]
    [InlineData("900002", false)]
    [InlineData(null, false)]
    public async Task Start_ProjectWithCertificate_ChecksTheTokenAfterItsAnswer(string? tokenUid, bool lives)
    {
        await using var test = await StartWithCertificateAsync();
        var token = tokenUid is null ? null : Mint(test, tokenUid, 3600);
        var task = await test.Caller.StartedAsync("maths-1", "900001", ClientRequest.Mix(token: token));

        test.Time.Step(2);

        (await test.Caller.QueryAsync(task)).Status.ShouldBe(lives ? 200 : 404);
        test.Simulator.Journal.Recorders()[0].Why.ShouldBe(lives ? null : RecorderEnd.TokenRejected);
    }

    [Theory]
    [InlineData(null, 3600u, 101)]
    [InlineData("900002", 3600u, 110)]
    [InlineData("900001", 0u, 109)]
    public async Task RejectedToken_IsNotifiedWithItsCode(string? tokenUid, uint seconds, int errorCode)
    {
        await using var receiver = await NoticeReceiver.StartAsync();
        await using var test = await TestSimulator.StartAsync(options =>
        {
            options.Projects[0].Certificate = Certificate;
            (options.Notifications.Url, options.Notifications.Events) = (receiver.Url, [1, 11]);
        });
        var token = tokenUid is null ? null : Mint(test, tokenUid, seconds);
        await test.Caller.StartedAsync("maths-1", "900001", ClientRequest.Mix(token: token));
        test.Time.Step(2);
        await receiver.HasAsync(2);

        ((int?)receiver.Received[0].Details["errorCode"]).ShouldBe(errorCode);
        ((int?)receiver.Received[1].Details["exitStatus"]).ShouldBe(1);
    }

    [Fact]
    public async Task Recorder_TokenEnds_LeavesAtThatInstant()
    {
        await using var test = await StartWithCertificateAsync();
        var task = await test.Caller.StartedAsync("maths-1", "900001", ClientRequest.Mix(token: Mint(test, "900001", 60)));

        test.Time.Step(100);

        var life = test.Simulator.Journal.Recorders()[0];
        life.Why.ShouldBe(RecorderEnd.TokenExpired);
        life.LeftAt.ShouldBe(life.StartedAt.AddSeconds(60));
        (await test.Caller.QueryAsync(task)).Status.ShouldBe(404);
    }

    private static Task<TestSimulator> StartWithCertificateAsync() =>
        TestSimulator.StartAsync(options => options.Projects[0].Certificate = Certificate);

    private static string Mint(TestSimulator test, string uid, uint seconds)
    {
        const uint Salt = 7;
        var issued = (uint)test.Time.GetUtcNow().ToUnixTimeSeconds();
        using var info = new MemoryStream();
        using var writer = new BinaryWriter(info);
        Pack(writer, Encoding.ASCII.GetBytes(TestSimulator.AppId));
        writer.Write(issued);
        writer.Write(seconds);
        writer.Write(Salt);
        writer.Write((ushort)1);
        writer.Write((ushort)1);
        writer.Write((ushort)1);
        writer.Write((ushort)1);
        writer.Write(seconds);
        Pack(writer, "maths-1"u8.ToArray());
        Pack(writer, Encoding.ASCII.GetBytes(uid));
        writer.Flush();
        var key = HMACSHA256.HashData(LittleEndian(Salt), HMACSHA256.HashData(LittleEndian(issued), Encoding.ASCII.GetBytes(Certificate)));
        using var signed = new MemoryStream();
        using var signedWriter = new BinaryWriter(signed);
        Pack(signedWriter, HMACSHA256.HashData(key, info.ToArray()));
        signedWriter.Write(info.ToArray());
        signedWriter.Flush();
        return Deflate(signed.ToArray());
    }

    private static string Deflate(byte[] bytes)
    {
        using var text = new MemoryStream();
        using (var zlib = new ZLibStream(text, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(bytes);
        }

        return "007" + Convert.ToBase64String(text.ToArray());
    }

    private static void Pack(BinaryWriter writer, byte[] bytes)
    {
        writer.Write((ushort)bytes.Length);
        writer.Write(bytes);
    }

    private static byte[] LittleEndian(uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        return bytes;
    }
}
