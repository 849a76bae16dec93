using System.Net;
using RecordingService.Infrastructure.Events;

namespace RecordingService.Infrastructure.Tests.Events;

public sealed class TargetGuardTests
{
    [Theory]
    [InlineData("0.0.0.0", false)]
    [InlineData("0.1.2.3", false)]
    [InlineData("1.1.1.1", true)]
    [InlineData("8.8.8.8", true)]
    [InlineData("9.255.255.255", true)]
    [InlineData("10.0.0.0", false)]
    [InlineData("10.255.255.255", false)]
    [InlineData("11.0.0.0", true)]
    [InlineData("100.63.255.255", true)]
    [InlineData("100.64.0.0", false)]
    [InlineData("100.100.100.200", false)]
    [InlineData("100.127.255.255", false)]
    [InlineData("100.128.0.0", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.255.255.254", false)]
    [InlineData("168.63.129.16", false)]
    [InlineData("169.254.0.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("169.254.170.2", false)]
    [InlineData("172.15.255.255", true)]
    [InlineData("172.16.0.1", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("172.32.0.0", true)]
    [InlineData("192.0.0.192", false)]
    [InlineData("192.0.2.1", false)]
    [InlineData("192.88.99.1", false)]
    [InlineData("192.167.255.255", true)]
    [InlineData("192.168.0.1", false)]
    [InlineData("192.169.0.0", true)]
    [InlineData("198.18.0.1", false)]
    [InlineData("198.19.255.255", false)]
    [InlineData("198.20.0.0", true)]
    [InlineData("198.51.100.7", false)]
    [InlineData("203.0.113.7", false)]
    [InlineData("223.255.255.255", true)]
    [InlineData("224.0.0.1", false)]
    [InlineData("239.255.255.255", false)]
    [InlineData("240.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("::7f00:1", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("64:ff9b::a9fe:a9fe", false)]
    [InlineData("64:ff9b::808:808", true)]
    [InlineData("64:ff9b:1::808:808", false)]
    [InlineData("100::1", false)]
    [InlineData("2001::1", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("2001:4860:4860::8888", true)]
    [InlineData("2002:7f00:1::1", false)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("3fff::1", false)]
    [InlineData("5f00::1", false)]
    [InlineData("fc00::1", false)]
    [InlineData("fd00:ec2::254", false)]
    [InlineData("fd20:ce::254", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fec0::1", false)]
    [InlineData("ff02::1", false)]
    public void Address_Unless_OnTheInternet_IsNotPermitted(string address, bool permitted) =>
        Guard().Permits(IPAddress.Parse(address)).ShouldBe(permitted);

    [Theory]
    [InlineData("10.0.0.0/8", "10.1.2.3", true)]
    [InlineData("10.0.0.0/8", "::ffff:10.1.2.3", true)]
    [InlineData("10.0.0.0/8", "64:ff9b::a01:203", true)]
    [InlineData("10.0.0.0/8", "11.1.2.3", true)]
    [InlineData("10.0.0.0/8", "192.168.1.1", false)]
    [InlineData("10.1.0.0/16", "10.2.0.1", false)]
    [InlineData("fd00::/8", "fd12::1", true)]
    [InlineData("fd00::/8", "fc00::1", false)]
    [InlineData("127.0.0.1/32", "127.0.0.1", true)]
    [InlineData("127.0.0.1/32", "127.0.0.2", false)]
    public void Address_InAnAllowedNetwork_IsPermitted(string network, string address, bool permitted) =>
        Guard(network).Permits(IPAddress.Parse(address)).ShouldBe(permitted);

    [Theory]
    [InlineData("https://school.example.org/hook", true)]
    [InlineData("https://school.example.org:8443/hook?a=b", true)]
    [InlineData("http://school.example.org/hook", false)]
    [InlineData("ftp://school.example.org/hook", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("https://user:password@school.example.org/", false)]
    [InlineData("https://127.0.0.1/", false)]
    [InlineData("https://0x7f.1/", false)]
    [InlineData("https://2130706433/", false)]
    [InlineData("https://0177.0.0.1/", false)]
    [InlineData("https://[::1]/", false)]
    [InlineData("https://[::ffff:169.254.169.254]/", false)]
    [InlineData("https://[2001:4860:4860::8888]/", true)]
    [InlineData("https://10.0.0.1:8443/", false)]
    [InlineData("https://8.8.8.8/", true)]
    [InlineData("https://schüler.example.org/", true)]
    [InlineData("https://xn--ü/", false)]
    [InlineData("https://üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü/", false)]
    public void Url_Registered_IsJudgedAsFarAsItsTextTells(string url, bool permitted) =>
        (Guard().Refuse(new Uri(url)) is null).ShouldBe(permitted);

    [Fact]
    public void Http_InDevelopmentOrWhenAllowed_IsPermitted()
    {
        var url = new Uri("http://school.example.org/");

        new TargetGuard(new(), isDevelopment: true, TimeProvider.System).Refuse(url).ShouldBeNull();
        new TargetGuard(new() { AllowHttp = true }, isDevelopment: false, TimeProvider.System).Refuse(url).ShouldBeNull();
        new TargetGuard(new() { AllowHttp = false }, isDevelopment: true, TimeProvider.System).Refuse(url).ShouldNotBeNull();
    }

    private static TargetGuard Guard(params string[] networks) =>
        new(new() { AllowedNetworks = networks }, isDevelopment: false, TimeProvider.System);
}
