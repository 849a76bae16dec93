using System.IO.Compression;
using RecordingService.Infrastructure.Agora;

namespace RecordingService.Infrastructure.Tests.Agora;

public sealed class RtcTokenTests
{
    private const string AppId = "970CA35de60c44645bbae8a215061b33";
    private const string Certificate = "5CFd2fd1755d40ecb72977518be15d3b";
    private const string Channel = "7d72365eb983485397e3e3f9d460bdda";
    private const string PublishedBytes =
        "200016a0b84c5a5e82cbf74fb813d09f59c54bdac9c06120580539ac97578e958b1a2000393730434133356465363063343436343562626165386132313530363162333347f410005802000001000000010001000100010058020000200037643732333635656239383334383533393765336533663964343630626464610a0032383832333431323733";
    private const string PublishedToken =
        "007eJxTYBBbsMMnKq7p9Hf/HcIX5kce9b518kCiQgSr5Zrp4X1Tu6UUGCzNDZwdjU1TUs0Mkk1MzExMk5ISUy0SjQxNDcwMk4yN3b8IMEQwMTAwMoAwBIL4CgzmKeZGxmamqUmWFsYmFqbGluapxqnGaZYpJmYGSSkpiVwMRhYWRsYmhkbmxgDCaiTj";

    [Fact]
    public void Token_OfThePublishedVector_HoldsThePublishedBytesAndSignature()
    {
        var token = Mint(salt: 1);

        token.ShouldStartWith("007");
        Convert.ToHexStringLower(Inflate(token)).ShouldBe(PublishedBytes);
        Convert.ToHexStringLower(Inflate(PublishedToken)).ShouldBe(PublishedBytes);
        Convert.ToHexStringLower(Inflate(token).AsSpan(2, 32)).ShouldBe("16a0b84c5a5e82cbf74fb813d09f59c54bdac9c06120580539ac97578e958b1a");
    }

    [Fact]
    public void Token_MintedTwice_IsTheSameText() => Mint(salt: 1).ShouldBe(Mint(salt: 1));

    [Fact]
    public void Token_WithAnotherSalt_IsSignedAnew() => Inflate(Mint(salt: 2)).ShouldNotBe(Inflate(Mint(salt: 1)));

    private static string Mint(uint salt) =>
        RtcToken.Mint(
            AppId,
            Certificate,
            Channel,
            2882341273,
            DateTimeOffset.FromUnixTimeSeconds(1111111),
            TimeSpan.FromSeconds(600),
            salt
        );

    private static byte[] Inflate(string token)
    {
        using var zlib = new ZLibStream(new MemoryStream(Convert.FromBase64String(token[3..])), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        zlib.CopyTo(bytes);
        return bytes.ToArray();
    }
}
